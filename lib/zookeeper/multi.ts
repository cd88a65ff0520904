/** Transactions: all or nothing, with the operation that failed by its index. */

import { type Answer, rawAcl } from './client.js';
import { fromCode } from './errors.js';
import type { Acl } from './options.js';
import type { RawClient, RawOp, RawResult } from './raw.js';

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

/** Op codes of ZooKeeper's protocol. */
const CODE = { create: 1, remove: 2, set: 5, check: 13 } as const;

/** Sends the operations as they are: the library's own builder turns version 0 into "any version". */
export function commit(raw: RawClient, ops: readonly Op[], acl: readonly Acl[], answer: Answer<OpResult[]>): void {
  const transaction = raw.transaction();
  transaction.ops.push(...ops.map((op) => rawOp(op, acl)));
  transaction.commit((error, results = []) => {
    const index = results.findIndex(({ err }) => err !== undefined && err !== 0);
    if (index >= 0) answer(fromCode(results[index]!.err!, { what: 'commit', path: ops[index]!.path, index }, error));
    else if (error) answer(error);
    else answer(null, results.map(opResult));
  });
}

function rawOp(op: Op, acl: readonly Acl[]): RawOp {
  const base = { type: CODE[op.op], path: op.path };
  if (op.op === 'create') return { ...base, data: Buffer.from(op.data), acls: rawAcl(acl), mode: 0 };
  const version = op.version ?? -1;
  return op.op === 'set' ? { ...base, version, data: Buffer.from(op.data) } : { ...base, version };
}

function opResult({ path, stat }: RawResult): OpResult {
  return { path, ...(stat && { mzxid: stat.mzxid.readBigInt64BE(), version: stat.version }) };
}
