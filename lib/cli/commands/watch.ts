/** `succession watch`: leaderships as they come and go, one line each, until it is interrupted. */
import { distinctUntilChanged, lastValueFrom, map, merge, type Observable, scan, tap } from 'rxjs';
import type { Leader } from '../../election/election.js';
import { type Command, untilInterrupted, wire, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { details, leaderFields } from '../leader-line.js';
import { json, type Output, printable } from '../output.js';

export const watch: Command<{ election: string }> = (context, { election }) =>
  withBackend(context, async (backend) => {
    const transitions$ = transitionsOf(backend.election(election).leader$).pipe(
      tap((transition) => context.out.print(show(transition, election, context.out))),
    );
    await lastValueFrom(untilInterrupted(merge(transitions$, wire(backend, context.out)), context.signal), {
      defaultValue: undefined,
    });
    return ExitCode.ok;
  });

interface Transition {
  readonly at: number;
  readonly leader: Leader | undefined;
  /** How long nobody led before this leadership, as seen from here; `undefined` for the first value. */
  readonly vacantMs: number | undefined;
  /** By the monotonic clock: since when nobody leads. */
  readonly vacantSince: number | undefined;
}

function transitionsOf(leader$: Observable<Leader | undefined>): Observable<Transition> {
  return leader$.pipe(
    distinctUntilChanged((a, b) => a?.id === b?.id && a?.token === b?.token && a?.since === b?.since),
    scan((before: Transition | undefined, leader) => next(before, leader), undefined),
    map((transition) => transition as Transition),
  );
}

/** How long nobody led is known only if its beginning was seen. */
function next(before: Transition | undefined, leader: Leader | undefined): Transition {
  const now = performance.now();
  const began = before?.leader ? now : before?.vacantSince;
  const vacantMs = leader && began !== undefined ? now - began : undefined;
  return { at: Date.now(), leader, vacantMs, vacantSince: leader ? undefined : began };
}

function show({ at, leader, vacantMs }: Transition, election: string, out: Output): string {
  const when = new Date(at).toISOString();
  const rounded = vacantMs === undefined ? undefined : Math.round(vacantMs);
  if (out.format === 'json')
    return json({ at: when, election, leader: leader ? leaderFields(leader) : null, vacantMs: rounded });
  if (!leader) return `${when}   ${out.paint('yellow', 'nobody leads')}`;
  const gap = rounded === undefined ? [] : [`after ${rounded} ms`];
  return [when, out.paint('green', `${printable(leader.id)} leads`), ...details(leader).slice(0, 1), ...gap].join(
    '   ',
  );
}
