import {
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  repeat,
  skipWhile,
  startWith,
  switchAll,
  switchMap,
  take,
  takeWhile,
  timer,
} from 'rxjs';
import type { Stand } from '../election/election.js';
import { candidate, follower, type Leadership, resigned } from '../election/leadership.js';
import type { ResolvedElectionOptions } from '../election/options.js';
import { drained, openTerm } from '../election/term.js';
import { unfailed, yieldAfter } from '../election/yielding.js';
import type { Clock } from '../options.js';
import { handOver, join, leave, type Place, sameVerdict, type Verdict, verdict } from './line.js';
import type { LineCell } from './space.js';

export interface StandOptions<T> extends ResolvedElectionOptions<T> {
  readonly clock: Clock;
}

/** Stands in line until asked to leave, and again after an eviction. `nextPlace` makes a new place each time. */
export function standIn<T>(cell: LineCell<T>, nextPlace: () => Place<T>, options: StandOptions<T>): Stand {
  const { clock, yieldMs } = options;
  const backOff = () => timer(yieldAfter(unfailed, 0, yieldMs, Math.random()).forMs, clock.scheduler);
  const standing$ = defer(() => inPlace(cell, nextPlace(), options)).pipe(repeat({ delay: backOff }));
  return (leave$) =>
    leave$.pipe(
      take(1),
      map(() => of(resigned('released'))),
      startWith(standing$),
      // The place is left before it is said to be: switching unsubscribes first.
      switchAll(),
    );
}

/** From taking a place to losing it. Unsubscribing leaves it. */
function inPlace<T>(cell: LineCell<T>, place: Place<T>, options: StandOptions<T>): Observable<Leadership> {
  const { name } = place;
  const { clock } = options;
  return defer(() => {
    cell.update((line) => join(line, place), clock.wall());
    return cell.line$;
  }).pipe(
    map((line) => verdict(line, name)),
    skipWhile(({ is }) => is === 'gone'),
    distinctUntilChanged(sameVerdict),
    takeWhile(({ is }) => is !== 'gone', true),
    switchMap((told) => leadership(cell, told, options)),
    finalize(() => cell.update((line) => leave(line, name), clock.wall())),
  );
}

function leadership<T>(cell: LineCell<T>, told: Verdict, options: StandOptions<T>): Observable<Leadership> {
  switch (told.is) {
    case 'gone':
      return of(candidate('evicted'));
    case 'first':
      return of(candidate('electing'));
    case 'waiting':
      return of(follower(told.ahead));
    case 'leader':
      return leading(cell, told.token, options);
  }
}

/** Leads, and hands over when asked: the work drains first. */
function leading<T>(cell: LineCell<T>, token: bigint, options: StandOptions<T>): Observable<Leadership> {
  const { clock, drainTimeoutMs } = options;
  const asked$ = cell.line$.pipe(filter(({ claim, asked }) => asked && claim?.token === token));
  return defer(() => {
    const term = openTerm(token, () => cell.now.claim?.token === token);
    const stop$ = defer(() => {
      term.abort();
      return of(candidate('resigning'));
    });
    const drained$ = drained(term.leading, drainTimeoutMs, clock.scheduler).pipe(ignoreElements());
    const handOver$ = defer(() => {
      cell.update((line) => handOver(line, token), clock.wall());
      return EMPTY;
    });
    const handingOver$ = asked$.pipe(
      take(1),
      switchMap(() => concat(stop$, drained$, handOver$)),
    );
    return merge(of(term.leading), handingOver$).pipe(finalize(term.close));
  });
}
