/** Who may own a role at all, as its owner says: Kafka's in-sync replicas. */
import type { StoreOp } from '../election/store.js';
import type { FencedOutcome } from './fenced.js';
import { checkId } from './layout.js';
import { encodeEligible } from './table.js';
import type { RoleTerm } from './term.js';

/** One fenced write, of a list that is made if it is missing. Throws InvalidOptionError. */
export async function writeEligible(term: RoleTerm, path: string, nodes: readonly string[]): Promise<FencedOutcome> {
  const data = encodeEligible(nodes.map((node) => checkId('nodes', node)));
  const set: StoreOp = { op: 'set', path, data };
  const changed = await term.fenced([set]);
  if (!isRejected(changed, 'NO_NODE')) return changed;
  const made = await term.fenced([{ op: 'create', path, data }]);
  // An operator may have made it meanwhile, by an unclean election.
  return isRejected(made, 'NODE_EXISTS') ? term.fenced([set]) : made;
}

const isRejected = (outcome: FencedOutcome, code: string): boolean =>
  outcome.status === 'rejected' && outcome.code === code;
