/** What one node reads and writes of the group's tables: its own part. */
import { concatMap, distinctUntilChanged, filter, ignoreElements, map, NEVER, type Observable, switchMap } from 'rxjs';
import type { Store } from '../election/store.js';
import type { ResolvedGroupOptions } from './group-options.js';
import type { RoleChange } from './local-roles.js';
import { decodeNode, decodeTable, encodeNode, type NodeRecord } from './table.js';
import { follow, update, withStore } from './znodes.js';

/** The roles that the table gives to this node. */
export function assigned<S>(
  store: Store,
  { layout, node, role: { clock } }: ResolvedGroupOptions<S>,
): Observable<ReadonlySet<string>> {
  return store.session$.pipe(
    switchMap((session) => (session ? follow(session, layout.assign, clock) : NEVER)),
    map(({ data }) => [...decodeTable(data).owners].filter(([, owner]) => owner === node.id).map(([id]) => id)),
    distinctUntilChanged((a, b) => a.length === b.length && a.every((id, index) => id === b[index])),
    map((mine) => new Set(mine)),
  );
}

/** Notes for the balancer where a role has failed. */
export function failures<S>(
  store: Store,
  changes$: Observable<RoleChange<S>>,
  options: ResolvedGroupOptions<S>,
): Observable<never> {
  const { avoidAfterFailureMs, role } = options;
  return changes$.pipe(
    filter(({ phase }) => phase === 'failed'),
    concatMap((change) =>
      changeNode(store, options, (record) => {
        const now = role.clock.wall();
        const fresh = Object.entries(record.failed).filter(([, until]) => until > now);
        return { ...record, failed: { ...Object.fromEntries(fresh), [change.role]: now + avoidAfterFailureMs } };
      }),
    ),
    ignoreElements(),
  );
}

/** Changes what is known of this node. Emits once. */
export function changeNode<S>(
  store: Store,
  { layout, node, role: { clock } }: ResolvedGroupOptions<S>,
  change: (record: NodeRecord) => NodeRecord,
): Observable<true> {
  const path = `${layout.nodes}/${node.id}`;
  return withStore(store, clock, (session) => update(session, path, (data) => encodeNode(change(decodeNode(data)))));
}
