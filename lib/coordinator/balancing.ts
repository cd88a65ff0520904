/** The balancer's place in the life of a member. */
import { filter, first, type Observable, retry, switchMap, timer } from 'rxjs';
import type { Participant } from '../election/election.js';
import type { Store, StoreTerm } from '../election/store.js';
import { balance } from './balancer.js';
import type { ResolvedGroupOptions } from './group-options.js';
import { type NodeOption, presence } from './members.js';

/** How long a balancer that failed waits before it balances again: another would fail in the same way. */
const BALANCE_AGAIN_MS = 1_000;

/** Balances while leading. Must not fail: a member that yields leaves the line, and loses its roles with its place. */
export function balancing<S>(
  store: Store,
  term: StoreTerm,
  participants$: Observable<readonly Participant<NodeOption>[]>,
  { layout, ids, preferred, assigner, moves, node, role: { clock, logger } }: ResolvedGroupOptions<S>,
): Observable<never> {
  const policy = { roles: ids, preferred, assigner, moves };
  const presence$ = presence(participants$, clock).pipe(filter(({ members }) => members.has(node.id)));
  return store.session$.pipe(
    first((session) => session !== undefined),
    switchMap((session) => balance(session, term, { layout, policy, presence$, clock, logger })),
    retry({
      delay: (error) => {
        logger.error({ error }, 'roles: balancing failed');
        return timer(BALANCE_AGAIN_MS, clock.scheduler);
      },
    }),
  );
}
