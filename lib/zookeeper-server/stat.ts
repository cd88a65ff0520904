/** The numbers of a znode as clients see them. @pure */
import type { JuteWriter } from './jute.js';
import type { Znode } from './state.js';
import { isEphemeral } from './transaction.js';

/** What of a znode its clients are shown; a copy outlives what happens to the znode next. */
export type Shown = Omit<Znode, 'children'> & { readonly children: { readonly size: number } | undefined };

export const shown = (node: Znode): Shown => ({ ...node, children: { size: childCount(node) } });

export const childCount = ({ children }: Pick<Shown, 'children'>): number => children?.size ?? 0;

/** Counts creations and deletions of children; wraps as an int does (DataNode.copyStat). */
export const cversionOf = (node: Shown): number => (node.creations * 2 - childCount(node)) | 0;

/**
 * Stat => czxid mzxid ctime mtime version cversion aversion ephemeralOwner dataLength numChildren pzxid
 *   long but for version cversion aversion dataLength numChildren => int
 * The owner is that of an ephemeral: containers and TTL nodes show none.
 */
export function writeStat(to: JuteWriter, node: Shown): void {
  to.long(node.czxid).long(node.mzxid).long(BigInt(node.ctime)).long(BigInt(node.mtime));
  to.int(node.version)
    .int(cversionOf(node))
    .int(node.aversion)
    .long(isEphemeral(node) ? node.owner : 0n);
  to.int(node.data?.length ?? 0)
    .int(childCount(node))
    .long(node.pzxid);
}
