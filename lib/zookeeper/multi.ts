/** Transactions: all or nothing, with the operation that failed by its index. */

import type { Answer } from './client.js';
import { CODE, type Frame, Reader, Writer } from './codec.js';
import { fromCode } from './errors.js';
import type { Acl } from './options.js';

export type Op =
  | { readonly op: 'check'; readonly path: string; readonly version?: number }
  | { readonly op: 'create'; readonly path: string; readonly data: Uint8Array }
  | { readonly op: 'set'; readonly path: string; readonly data: Uint8Array; readonly version?: number }
  | { readonly op: 'remove'; readonly path: string; readonly version?: number };

/** What became of one operation of a transaction that committed. */
export interface OpResult {
  /** For `set`. */
  readonly mzxid?: bigint;
  readonly version?: number;
  /** For `create`. */
  readonly path?: string;
}

const PERSISTENT = 0;

/** `real` puts the chroot in front. Version 0 means 0: in the library's own builder it would mean any. */
export function multiRequest(ops: readonly Op[], acl: readonly Acl[], real: (path: string) => string): Frame {
  const to = new Writer();
  for (const op of ops) {
    to.int(CODE[op.op]).bool(false).int(-1).text(real(op.path));
    if ('data' in op) to.data(op.data);
    if (op.op === 'create') to.acl(acl).int(PERSISTENT);
    else to.int(op.version ?? -1);
  }
  return to.int(-1).bool(true).int(-1).frame(CODE.multi);
}

/** The header of a failed one says that all is well: the errors are in the body, 0 before the one that failed. */
export function multiAnswer(frame: Buffer, ops: readonly Op[], chroot: string, answer: Answer<OpResult[]>): void {
  const from = new Reader(frame);
  const results: OpResult[] = [];
  for (let type = from.int(); !from.bool(); type = from.int()) {
    from.int();
    const index = results.length;
    const code = type === CODE.error ? from.int() : 0;
    if (code !== 0) {
      answer(fromCode(code, { what: 'commit', path: ops[index]!.path, index }));
      return;
    }
    results.push(result(type, from, chroot));
  }
  answer(null, results);
}

function result(type: number, from: Reader, chroot: string): OpResult {
  if (type === CODE.create) return { path: from.text().slice(chroot.length) };
  if (type !== CODE.set) return {};
  const { mzxid, version } = from.stat();
  return { mzxid, version };
}
