/** The numbers of a znode as clients see them. @pure */
import type { JuteWriter } from './jute.js';
import type { Znode } from './state.js';
import { isEphemeral } from './transaction.js';

/** Counts creations and deletions of children; wraps as an int does (DataNode.copyStat). */
export const cversionOf = ({ creations, children }: Znode): number => (creations * 2 - children.size) | 0;

/**
 * Stat => czxid mzxid ctime mtime version cversion aversion ephemeralOwner dataLength numChildren pzxid
 *   long but for version cversion aversion dataLength numChildren => int
 * The owner is that of an ephemeral: containers and TTL nodes show none.
 */
export function writeStat(to: JuteWriter, node: Znode): void {
  to.long(node.czxid).long(node.mzxid).long(BigInt(node.ctime)).long(BigInt(node.mtime));
  to.int(node.version)
    .int(cversionOf(node))
    .int(node.aversion)
    .long(isEphemeral(node) ? node.owner : 0n);
  to.int(node.data?.length ?? 0)
    .int(node.children.size)
    .long(node.pzxid);
}
