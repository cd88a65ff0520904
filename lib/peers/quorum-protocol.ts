/** What bully, ring and voting are to the shell: an algorithm among the members, made safe by a claim. */
import type { Algorithm } from './algorithm.js';
import type { ClaimMessage } from './claim-messages.js';
import type { Electing } from './consulting.js';
import { electing } from './electing.js';
import type { Protocol } from './protocol.js';
import { canElect, guaranteeOf, type ResolvedQuorumOptions } from './quorum.js';
import type { Saved } from './saved.js';

export function quorumProtocol<A, M extends { readonly type: string }>(
  options: ResolvedQuorumOptions,
  algorithm: Algorithm<A, M>,
): Protocol<Electing<A>, ClaimMessage | M, Saved> {
  const { self, observers, quorum } = options;
  return {
    guarantee: guaranteeOf(quorum),
    machine: () => electing(options, algorithm),
    canElect: (reachable, group) => canElect(options, reachable, group),
    mayNotStand: observers.includes(self)
      ? `${self} is an observer: only members stand. Leave it out of \`observers\`.`
      : undefined,
  };
}
