/**
 * A machine in real time: the thin shell around `step`.
 *
 * Inputs are taken one at a time, and what a step wants done is done in order: a save holds back everything behind it,
 * the next input included. The time of an input is read when its turn comes, so a process that slept learns it at once.
 */
import {
  BehaviorSubject,
  concat,
  defer,
  EMPTY,
  type Observable,
  retry,
  Subject,
  type Subscription,
  switchMap,
  timer,
} from 'rxjs';
import { type Clock, type Logger, reached } from '../options.js';
import { inTurn } from './in-turn.js';
import type { Effect, Machine, NodeId, PeerEvent, View } from './machine.js';

export interface RunOptions<M, R> {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
  readonly saved: R | undefined;
  readonly save: (record: R) => Observable<never>;
  readonly send: (to: NodeId, message: M) => void;
}

/** One machine under way. */
export interface Running<M> {
  /** Replays; equal neighbours are dropped. Of a view that gains leadership nobody hears before everything is done. */
  readonly view$: Observable<View>;
  readonly view: View;
  input(event: PeerEvent<M>): void;
  /** A message from the wire. What the machine does not understand is dropped. */
  receive(from: NodeId, message: unknown): void;
  /** For good: nobody leads here any more. */
  stop(): void;
}

/** Messages waiting for a slow disk: more are dropped, as a network may. */
const MOST_WAITING = 1_000;
/** Until a save that failed is tried again, in ms: until then the node is as silent as if it were down. */
const SAVE_AGAIN_MS = 1_000;

/** Starts the machine. */
export function run<S, M, R>(machine: Machine<S, M, R>, options: RunOptions<M, R>): Running<M> {
  const { clock, random } = options;
  let state = machine.init(options.saved);
  let waiting = 0;
  const event$ = new Subject<PeerEvent<M>>();
  const alarm$ = new Subject<number>();
  const shown$ = new BehaviorSubject<View>(machine.view(state));
  const show = (view: View) => {
    if (!isSameView(shown$.value, view)) shown$.next(view);
  };
  const step = (event: PeerEvent<M>): Observable<never> => {
    waiting -= 1;
    const [next, effects] = machine.step(state, { at: clock.now(), random: random(), event });
    state = next;
    const view = machine.view(state);
    show(meanwhile(shown$.value, view));
    return concat(
      ...effects.map(perform),
      act(() => show(view)),
    );
  };
  const input = (event: PeerEvent<M>) => {
    waiting += 1;
    event$.next(event);
  };
  const perform = (effect: Effect<M, R>): Observable<never> => {
    if (effect.type === 'save') return saving(effect.record, options);
    return act(() => {
      if (effect.type === 'alarm') alarm$.next(effect.at);
      else if (effect.to === options.self) input({ type: 'message', from: effect.to, message: effect.message });
      else options.send(effect.to, effect.message);
    });
  };
  const running = event$.pipe(inTurn(step)).subscribe();
  running.add(alarm$.pipe(switchMap((at) => reached(clock, () => at))).subscribe(() => input({ type: 'alarm' })));
  input({ type: 'start' });
  return {
    view$: shown$.asObservable(),
    get view() {
      return shown$.value;
    },
    input,
    receive(from, body) {
      const message = waiting < MOST_WAITING ? machine.decode(body) : undefined;
      if (message !== undefined) input({ type: 'message', from, message });
    },
    stop: () => stop(running, shown$),
  };
}

function stop(running: Subscription, shown$: BehaviorSubject<View>): void {
  running.unsubscribe();
  shown$.next({ ...shown$.value, leader: undefined, leading: undefined });
  shown$.complete();
}

function act(deed: () => void): Observable<never> {
  return defer(() => {
    deed();
    return EMPTY;
  });
}

/** Again and again until it is done: half a node is worse than a silent one. */
function saving<M, R>(record: R, { save, clock, logger }: RunOptions<M, R>): Observable<never> {
  return defer(() => save(record)).pipe(
    retry({
      delay: (error) => {
        logger.error({ error }, 'peers: cannot save; holding everything back until it can');
        return timer(SAVE_AGAIN_MS, clock.scheduler);
      },
    }),
  );
}

/** What may be shown while effects are still to be done: an end of leadership at once, a beginning or a longer one not yet. */
function meanwhile({ leading: shown }: View, next: View): View {
  const kept = shown && next.leading?.token === shown.token;
  if (!kept) return { ...next, leading: undefined };
  return { ...next, leading: { ...shown, until: Math.min(shown.until, next.leading?.until ?? 0) } };
}

function isSameView(a: View, b: View): boolean {
  return (
    a.term === b.term &&
    a.leader === b.leader &&
    a.leading?.token === b.leading?.token &&
    a.leading?.until === b.leading?.until &&
    Object.entries(a.statistics).every(([name, value]) => b.statistics[name as keyof typeof b.statistics] === value)
  );
}
