/**
 * Who stands where, told among nodes: on every change, to everybody who comes into reach, and again now and then, since
 * messages may be lost.
 */
import {
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  filter,
  interval,
  map,
  merge,
  type Observable,
  pairwise,
  Subscription,
  skip,
  startWith,
  take,
  timer,
} from 'rxjs';
import type { Clock } from '../options.js';
import type { Letter } from './letters.js';
import type { NodeId } from './machine.js';
import type { Office } from './office.js';
import { forget, hear } from './roster-changes.js';

export interface GossipOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly tellMs: number;
  readonly offices: ReadonlyMap<string, Office>;
  /** Everybody, this node included. Replays. */
  readonly group$: Observable<readonly NodeId[]>;
  readonly reachable$: Observable<ReadonlySet<NodeId>>;
  readonly post: (to: NodeId, letter: Letter) => void;
}

export interface Gossip {
  /** Begins to tell of an office. */
  add(office: Office): void;
  hear(from: NodeId, office: Office, letter: Letter & { readonly type: 'told' }): void;
  greeted(from: NodeId): void;
  /** True once everybody has told what there is to tell, or the time for it is over. Replays. */
  readonly settled$: Observable<boolean>;
  stop(): void;
}

export function startGossip(options: GossipOptions): Gossip {
  const { offices, reachable$, post, clock } = options;
  const talking = new Subscription();
  const greeted$ = new BehaviorSubject<ReadonlySet<NodeId>>(new Set());
  const settled$ = new BehaviorSubject(false);
  const counts = new Map<NodeId, Map<string, number>>();
  let reachable: ReadonlySet<NodeId> = new Set();
  let count = 0;
  const tell = ({ election, roster }: Office, to: Iterable<NodeId>) => {
    count += 1;
    for (const node of to) post(node, { type: 'told', election, count, told: roster.now.own });
  };
  const tellAll = (to: ReadonlySet<NodeId>) => {
    for (const office of offices.values()) tell(office, to);
    for (const node of to) post(node, { type: 'greeted' });
  };
  const lose = (node: NodeId) => {
    counts.delete(node);
    for (const { roster, running } of offices.values()) {
      roster.update((now) => forget(now, node));
      running.input({ type: 'lost', node });
    }
  };
  talking.add(settling(options, greeted$).subscribe(() => settled$.next(true)));
  talking.add(
    reachable$.pipe(startWith(reachable), pairwise()).subscribe(([before, now]) => {
      reachable = now;
      for (const node of before) if (!now.has(node)) lose(node);
      tellAll(new Set([...now].filter((node) => !before.has(node))));
    }),
  );
  talking.add(interval(options.tellMs, clock.scheduler).subscribe(() => tellAll(reachable)));
  return {
    settled$: settled$.pipe(distinctUntilChanged()),
    add({ roster, ...office }) {
      const own$ = roster.value$.pipe(
        map(({ own }) => own),
        distinctUntilChanged(),
        skip(1),
      );
      talking.add(own$.subscribe(() => tell({ roster, ...office }, reachable)));
    },
    hear(from, { election, roster }, letter) {
      const known = counts.get(from) ?? new Map<string, number>();
      counts.set(from, known);
      if (letter.count <= (known.get(election) ?? 0) || !reachable.has(from)) return;
      known.set(election, letter.count);
      roster.update((now) => hear(now, from, letter.told));
    },
    greeted: (from) => greeted$.next(new Set([...greeted$.value, from])),
    stop: () => talking.unsubscribe(),
  };
}

function settling({ clock, graceMs, group$ }: GossipOptions, greeted$: Observable<ReadonlySet<NodeId>>) {
  const all$ = combineLatest([group$, greeted$]).pipe(
    filter(([[, ...peers], greeted]) => peers.every((peer) => greeted.has(peer))),
  );
  return merge(all$, timer(graceMs, clock.scheduler)).pipe(take(1));
}
