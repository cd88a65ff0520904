/** The way to the coordinator, whoever it is: found through the election, dialled again when it changes. */
import { setTimeout as pause } from 'node:timers/promises';
import { filter, firstValueFrom, map } from 'rxjs';
import type { Election } from 'succession';
import { now } from '../support/example.js';
import type { Reply } from './desk.js';
import type { Refusal, Request } from './group.js';
import { type Address, dial, type Line } from './wire.js';

export type Granted = Exclude<Reply, { error: Refusal }>;

export interface Answer {
  readonly granted?: Granted;
  readonly refusal?: Refusal;
  /** When the request that was answered was sent. */
  readonly sentAt: number;
}

const RETRY_MS = 30;

/** Asks until somebody who coordinates has answered. So requests must bear being carried out twice, and ours do. */
export function clientOf(election: Election<Address>, timeoutMs: number): (request: Request) => Promise<Answer> {
  let line: Promise<Line> | undefined;

  const dialled = async (): Promise<Line> => {
    const data$ = election.leader$.pipe(
      map((leader) => leader?.data),
      filter((address) => address !== undefined),
    );
    return dial(await firstValueFrom(data$), timeoutMs);
  };

  const once = async (request: Request): Promise<Answer | undefined> => {
    line ??= dialled();
    const used = line;
    try {
      const [open, sentAt] = [await used, now()];
      const reply = await open.ask(request, timeoutMs);
      if (!('error' in reply)) return { granted: reply, sentAt };
      if (reply.error !== 'not-coordinator') return { refusal: reply.error, sentAt };
      open.close();
    } catch {
      used.then((open) => open.close()).catch(() => undefined);
    }
    if (line === used) line = undefined;
    return undefined;
  };

  return async (request) => {
    for (;;) {
      const answer = await once(request);
      if (answer) return answer;
      await pause(RETRY_MS);
    }
  };
}
