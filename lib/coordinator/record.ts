/**
 * The record of a role: who has claimed it, in which term, and how that ended. @pure
 *
 * Only claim and release write it, so the version at the claim is the fence of the term. It is made at version 0 and
 * never claimed there: a first claim makes version 1.
 */
export interface RoleRecord {
  /** 1 for the first claim. */
  readonly term: number;
  /** The owner's node id, for people. */
  readonly owner: string;
  /** Name of the owner's znode among the members: while it exists, the owner may be alive. It never comes back. */
  readonly member: string;
  /** Random for each attempt: how a claim whose answer was lost is known again. */
  readonly claim: string;
  /** How long the owner may believe after its last proof, in ms. */
  readonly leaseMs: number;
  /** The owner has stopped. */
  readonly released: boolean;
  /** It had also unloaded. */
  readonly clean: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeRoleRecord = (record: RoleRecord): Uint8Array => encoder.encode(JSON.stringify(record));

/** `undefined` for what is empty or not ours: then nobody has ever claimed. */
export function decodeRoleRecord(bytes: Uint8Array): RoleRecord | undefined {
  try {
    const { term, owner, member, claim, leaseMs, released, clean } = JSON.parse(decoder.decode(bytes));
    const texts = [owner, member, claim].every((text) => typeof text === 'string');
    if (!texts || !Number.isSafeInteger(term) || term < 1 || !(leaseMs >= 0 && leaseMs < 2 ** 32)) return undefined;
    return { term, owner, member, claim, leaseMs, released: released === true, clean: clean === true };
  } catch {
    return undefined;
  }
}
