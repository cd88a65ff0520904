/**
 * The servers' own transaction logs: what was committed, in the order in which it was. The format is that of
 * FileTxnLog: a header, then checksum, length, record and an end mark each; the rest of the file is zeros.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { JuteReader } from '../../lib/zookeeper-server/jute.js';
import { OpCode } from '../../lib/zookeeper-server/opcodes.js';
import { logsOf } from '../support/txn-files.js';

export type Change =
  | { readonly op: 'create'; readonly path: string; readonly ephemeral: boolean }
  | { readonly op: 'delete'; readonly path: string }
  | { readonly op: 'set'; readonly path: string; readonly data: string }
  | { readonly op: 'close' };

export interface Txn {
  readonly zxid: bigint;
  readonly session: bigint;
  readonly changes: readonly Change[];
}

/** A transaction is committed when most servers have written it; a leader that lost office may have some of its own. */
export function readCommitted(dataDirs: readonly string[]): Txn[] {
  const logs = dataDirs.map(readLog);
  const all = new Map(logs.flatMap((log) => [...log]));
  const committed = [...all.values()].filter(
    ({ zxid }) => 2 * logs.filter((log) => log.has(zxid)).length > logs.length,
  );
  return committed.sort((a, b) => (a.zxid < b.zxid ? -1 : 1));
}

const readLog = (dataDir: string): Map<bigint, Txn> =>
  new Map(
    logsOf(dataDir)
      .flatMap(readRecords)
      .map((txn) => [txn.zxid, txn]),
  );

const HEADER_BYTES = 16;
const CHECKSUM_BYTES = 8;

/** Files are made 64 MB long at once: only what was written is read. */
function readRecords(path: string): Txn[] {
  const file = openSync(path, 'r');
  const txns: Txn[] = [];
  const bytesAt = (at: number, length: number) => {
    const bytes = Buffer.alloc(length);
    return readSync(file, bytes, 0, length, at) === length ? bytes : undefined;
  };
  let at = HEADER_BYTES;
  for (;;) {
    const length = bytesAt(at + CHECKSUM_BYTES, 4)?.readInt32BE() ?? 0;
    const record = length > 0 ? bytesAt(at + CHECKSUM_BYTES + 4, length) : undefined;
    if (!record) break;
    const txn = parse(new JuteReader(record));
    if (txn) txns.push(txn);
    at += CHECKSUM_BYTES + 4 + length + 1;
  }
  closeSync(file);
  return txns;
}

/** TxnHeader => clientId cxid zxid time type. One that failed is none. */
function parse(from: JuteReader): Txn | undefined {
  const session = from.long();
  from.int();
  const zxid = from.long();
  from.long();
  const type = from.int();
  return type === FAILED ? undefined : { zxid, session, changes: changesOf(type, from) };
}

const FAILED = -1;

function changesOf(type: number, from: JuteReader): Change[] {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      return [create(from)];
    case OpCode.delete:
      return [{ op: 'delete', path: from.text() }];
    case OpCode.setData:
      return [{ op: 'set', path: from.text(), data: Buffer.from(from.buffer() ?? []).toString() }];
    case OpCode.closeSession:
      return [{ op: 'close' }];
    case OpCode.multi:
      return from
        .vector(() => [from.int(), from.buffer()] as const)!
        .flatMap(([part, body]) => changesOf(part, new JuteReader(body ?? new Uint8Array())));
    default:
      return [];
  }
}

/** CreateTxn => path data acl ephemeral parentCVersion */
function create(from: JuteReader): Change {
  const path = from.text();
  from.buffer();
  from.vector(() => [from.int(), from.text(), from.text()]);
  return { op: 'create', path, ephemeral: from.bool() };
}
