/**
 * Waiting for the place ahead to fall vacant: for its watch, or for a write that finds nobody there.
 *
 * A server that has lost a transaction while it joined (ZOOKEEPER-4785, 5010) goes on showing a znode that is gone
 * everywhere else, and never says that it is. A write is decided by the ensemble's leader. So whoever has waited for
 * long asks with one whether the place is there at all.
 *
 * A process may wait in thousands of lines: there is one clock for all who wait in a session, one ear for its wire, and no
 * subscription for each.
 */
import { interval, type Observer, type Subscription, type SubscriptionLike, type Unsubscribable } from 'rxjs';
import { ConnectionLostError } from '../errors.js';
import type { Clock } from '../options.js';
import { isNoNode } from './errors.js';
import type { Timings } from './options.js';
import type { Requests, Znode } from './requests.js';
import type { Session } from './session.js';

/** How long a server is believed, in session timeouts. */
const TRUST_TIMEOUTS = 10;

/**
 * Tells of the znode now and after each change; completes when it is gone, errors with ConnectionLostError when the wire is
 * lost, or the session over.
 */
export type UntilVacant = (path: string, who: Observer<Znode>) => SubscriptionLike;

export function vacancies(
  asked: Pick<Requests, 'follow' | 'multi'>,
  connection$: Session['connection$'],
  isConnected: () => boolean,
  { sessionTimeoutMs }: Timings,
  { scheduler }: Clock,
): UntilVacant {
  const waiting = new Set<Waiting>();
  const each = (act: (one: Waiting) => void) => () => [...waiting].forEach(act);
  const lost = each((one) => one.error(new ConnectionLostError()));
  const listen = () => {
    const ears = connection$.subscribe({ next: (state) => state === 'suspended' && lost(), complete: lost });
    const due$ = interval(TRUST_TIMEOUTS * sessionTimeoutMs, scheduler);
    ears.add(due$.subscribe(each((one) => one.ask())));
    return ears;
  };
  let listening: Subscription | undefined;
  const room: Room = {
    ...asked,
    enter(one) {
      if (waiting.size === 0) listening = listen();
      waiting.add(one);
    },
    leave(one) {
      waiting.delete(one);
      if (waiting.size === 0) listening?.unsubscribe();
    },
  };
  return (path, who) => {
    const one = new Waiting(path, who, room);
    if (isConnected()) one.begin();
    else one.error(new ConnectionLostError());
    return one;
  };
}

/** All who wait in one session. */
interface Room extends Pick<Requests, 'follow' | 'multi'> {
  enter(one: Waiting): void;
  leave(one: Waiting): void;
}

class Waiting implements Observer<Znode>, SubscriptionLike {
  closed = false;
  #watch: Unsubscribable | undefined;
  #question: Subscription | undefined;

  constructor(
    private readonly path: string,
    private readonly who: Observer<Znode>,
    private readonly room: Room,
  ) {}

  begin(): void {
    this.room.enter(this);
    const watch = this.room.follow(this.path, this);
    if (this.closed) watch.unsubscribe();
    else this.#watch = watch;
  }

  /** Is it there at all? */
  ask(): void {
    const error = (failure: unknown) => isNoNode(failure) && this.complete();
    this.#question = this.room.multi([{ op: 'check', path: this.path }]).subscribe({ error });
  }

  next(znode: Znode): void {
    this.who.next(znode);
  }

  error(error: unknown): void {
    if (!this.closed) this.#end(() => this.who.error(error));
  }

  complete(): void {
    if (!this.closed) this.#end(() => this.who.complete());
  }

  unsubscribe(): void {
    this.closed = true;
    this.#watch?.unsubscribe();
    this.#question?.unsubscribe();
    this.room.leave(this);
  }

  #end(tell: () => void): void {
    this.unsubscribe();
    tell();
  }
}
