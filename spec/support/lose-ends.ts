import { readFileSync, writeFileSync } from 'node:fs';
import { logsOf } from './txn-files.js';
import type { ZooKeeperServer } from './zookeeper.js';

/**
 * Makes a server that is stopped forget that sessions have ended: it starts with their znodes, has every transaction that
 * the others have, and so is never told again. What is left in its log is that each of those ends has failed.
 */
export const loseEnds = (server: ZooKeeperServer): void => lose(server, CLOSE_SESSION, '');

/** The same for the creation of this znode. */
export const loseCreation = (server: ZooKeeperServer, path: string): void => lose(server, CREATE, path);

function lose(server: ZooKeeperServer, type: number, mentioned: string): void {
  for (const path of logsOf(server.dataDir)) {
    const log = readFileSync(path);
    for (const record of recordsOf(log)) {
      if (record.body.readInt32BE(TYPE_AT) !== type || !record.body.includes(mentioned)) continue;
      record.body.writeInt32BE(FAILED, TYPE_AT);
      log.writeBigInt64BE(adler32(record.body), record.at);
    }
    writeFileSync(path, log);
  }
}

const HEADER_BYTES = 16;
/** In a record's body, after session, request, zxid and time. */
const TYPE_AT = 28;
const CREATE = 1;
const CLOSE_SESSION = -11;
const FAILED = -1;

/** Each is a checksum, the length, the body and an end mark. The file goes on with zeros. */
function* recordsOf(log: Buffer): Generator<{ at: number; body: Buffer }> {
  let at = HEADER_BYTES;
  while (log.readInt32BE(at + 8) > 0) {
    const from = at + 12;
    const until = from + log.readInt32BE(at + 8);
    yield { at, body: log.subarray(from, until) };
    at = until + 1;
  }
}

function adler32(bytes: Uint8Array): bigint {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return BigInt(b) * 65_536n + BigInt(a);
}
