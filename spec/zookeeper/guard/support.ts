import { firstValueFrom, type Observable } from 'rxjs';
import { resolveOptions, type ZooKeeperOptions } from '../../../lib/zookeeper/options.js';
import type { Session } from '../../../lib/zookeeper/session.js';
import { connectOnce, type Wire } from '../../../lib/zookeeper/wire.js';
import { type Seen, seen } from '../../support/until.js';

/** One guarded client as everything above it sees it. */
export interface Joined extends AsyncDisposable {
  readonly wire: Wire;
  /** Every session so far, and `undefined` for each time without one. */
  readonly sessions: Seen<Session | undefined>;
  readonly connection: Seen<string>;
  /** The next session that was not asked for yet. */
  session(): Promise<Session>;
  /** Waits for the next suspension, and for the connection after it. */
  resumed(): Promise<void>;
}

/** Generous: the machine may be busy. */
export const WITHIN_MS = 20_000;

/** Quick to notice, slow to lose the session. */
export const quick = { sessionTimeoutMs: 10_000, heartbeatMs: 250, silenceMs: 700, connectTimeoutMs: 1500 } as const;

export function join(options: ZooKeeperOptions): Joined {
  const wire = connectOnce(resolveOptions(options));
  const sessions = seen(wire.session$);
  const connection = seen(wire.connection$);
  return {
    wire,
    sessions,
    connection,
    session: async () => (await sessions.next((session) => session !== undefined, WITHIN_MS)) as Session,
    resumed: async () => {
      await connection.next((state) => state === 'suspended', WITHIN_MS);
      await connection.next((state) => state === 'connected', WITHIN_MS);
    },
    [Symbol.asyncDispose]: () => wire.close(),
  };
}

export const data = (text: string): Uint8Array => Buffer.from(text);

/** The answer to a request. */
export const ask = <T>(request: Observable<T>): Promise<T> => firstValueFrom(request, { defaultValue: undefined as T });

/** The error of a request, as a value: so that it can be awaited later without having been unhandled meanwhile. */
export const failure = (request: Observable<unknown>): Promise<unknown> =>
  ask(request).then(
    (value) => ({ answered: value }),
    (error) => error,
  );

let paths = 0;
/** A path that nothing else uses. */
export const freshPath = (name = 'fact'): string => `/${name}-${process.pid}-${paths++}`;
