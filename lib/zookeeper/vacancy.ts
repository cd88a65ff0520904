/**
 * Waiting for the place ahead to fall vacant: for its watch, or for a write that finds nobody there.
 *
 * A server that has lost a transaction while it joined (ZOOKEEPER-4785, 5010) goes on showing a znode that is gone
 * everywhere else, and never says that it is. A write is decided by the ensemble's leader. So whoever has waited for
 * long asks with one whether the place is there at all.
 *
 * A process may wait in thousands of lines: there is one clock for all who wait in a session, and one ear for its wire.
 */
import { interval, Observable, type Subscriber, type Subscription, type Unsubscribable } from 'rxjs';
import { ConnectionLostError } from '../errors.js';
import type { Clock } from '../options.js';
import { isNoNode } from './errors.js';
import type { Timings } from './options.js';
import type { Requests, Znode } from './requests.js';
import type { Session } from './session.js';

/** How long a server is believed, in session timeouts. */
const TRUST_TIMEOUTS = 10;

/** The znode now and after each change; completes when it is gone, errors with ConnectionLostError when the wire is. */
export type UntilVacant = (path: string) => Observable<Znode>;

export function vacancies(
  { watch, multi }: Pick<Requests, 'watch' | 'multi'>,
  connection$: Session['connection$'],
  isConnected: () => boolean,
  { sessionTimeoutMs }: Timings,
  { scheduler }: Clock,
): UntilVacant {
  const waiting = new Set<Waiting>();
  const lost = () => {
    for (const { subscriber } of [...waiting]) subscriber.error(new ConnectionLostError());
  };
  const ask = ({ subscriber, path }: Waiting) => {
    const failed = (error: unknown) => isNoNode(error) && subscriber.complete();
    subscriber.add(multi([{ op: 'check', path }]).subscribe({ error: failed }));
  };
  const listen = () => {
    const ears = connection$.subscribe({ next: (state) => state === 'suspended' && lost(), complete: lost });
    const due$ = interval(TRUST_TIMEOUTS * sessionTimeoutMs, scheduler);
    ears.add(due$.subscribe(() => [...waiting].forEach(ask)));
    return ears;
  };
  let listening: Subscription | undefined;
  const room: Room = {
    enter(one) {
      if (waiting.size === 0) listening = listen();
      waiting.add(one);
    },
    leave(one) {
      waiting.delete(one);
      if (waiting.size === 0) listening?.unsubscribe();
    },
  };
  return (path) =>
    new Observable((subscriber) => {
      if (!isConnected()) return subscriber.error(new ConnectionLostError());
      const one = new Waiting(subscriber, path, room);
      room.enter(one);
      subscriber.add(one);
      watch(path).subscribe(subscriber);
    });
}

/** All who wait in one session. */
interface Room {
  enter(one: Waiting): void;
  leave(one: Waiting): void;
}

class Waiting implements Unsubscribable {
  constructor(
    readonly subscriber: Subscriber<Znode>,
    readonly path: string,
    private readonly room: Room,
  ) {}

  unsubscribe(): void {
    this.room.leave(this);
  }
}
