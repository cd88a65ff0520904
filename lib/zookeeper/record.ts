/**
 * The election's record, and what a candidate publishes of itself. @pure
 *
 * The record is the data of the election's own znode. Only whoever is first in line writes it, in a transaction that
 * also names its own znode; observers watch it and hear of leaders, not of every joining and leaving.
 */

import { isPlace } from './line.js';

/** What a name can tell. A record with a longer one was not written by us, and nobody could wait for it. */
const MAX_LEASE_MS = 2 ** 32 - 1;

/** Who claimed last, and how it ended. */
export interface ElectionRecord {
  /** Name of the claiming znode. */
  readonly holder: string;
  /** The holder's id, for people. */
  readonly id: string;
  /** How long the holder, or one it still waited for, may believe after its last proof, in ms. */
  readonly leaseMs: number;
  /** True: the holder has stopped, nobody needs to wait. */
  readonly released: boolean;
  /** Identity of the candidate that should lead next. */
  readonly nominee?: string;
}

/** What is written from one place in line. The goodbye is encoded before it is needed: a hand-over waits for it. */
export interface Words {
  readonly record: ElectionRecord;
  readonly claim: Uint8Array;
  readonly goodbye: Uint8Array;
}

/** A leader is asked to go by writing this into the data of its znode. */
export interface StepDownRequest {
  readonly to?: string;
  readonly reason?: string;
  readonly by?: string;
}

/** What a candidate publishes. */
export interface Profile {
  readonly id: string;
  readonly host?: string;
  readonly pid?: number;
  /** For people; the name is what others reckon with. */
  readonly leaseMs?: number;
  readonly data?: unknown;
  readonly stepDown?: StepDownRequest;
}

const encode = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
const decoder = new TextDecoder();

/** Anything that is not a JSON object of ours is nothing: Curator puts an address here, an operator may put anything. */
function decode(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === 'object' && value !== null && 'succession' in value
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const encodeRecord = (record: ElectionRecord): Uint8Array => encode({ succession: 1, ...record });

export function wordsOf(holder: string, id: string, leaseMs: number): Words {
  const record: ElectionRecord = { holder, id, leaseMs, released: false };
  return { record, claim: encodeRecord(record), goodbye: encodeRecord({ ...record, released: true }) };
}

/** The record, or `undefined` for anything else found there. */
export function decodeRecord(bytes: Uint8Array): ElectionRecord | undefined {
  const { holder, id, leaseMs, released, nominee } = decode(bytes) ?? {};
  if (typeof holder !== 'string' || !isPlace(holder)) return undefined;
  if (typeof leaseMs !== 'number' || !(leaseMs >= 0 && leaseMs <= MAX_LEASE_MS)) return undefined;
  const record = { holder, id: printable(text(id) ?? ''), leaseMs, released: released === true };
  return typeof nominee === 'string' ? { ...record, nominee } : record;
}

export const encodeProfile = (profile: Profile): Uint8Array => encode({ succession: 1, ...profile });

/** What a candidate published. Another library's data is its id, as Curator, kazoo and go-zookeeper have it. */
export function decodeProfile(bytes: Uint8Array): Profile {
  const found = decode(bytes);
  if (!found) return { id: printable(decoder.decode(bytes.subarray(0, 256))) };
  const { id, host, pid, leaseMs, data, stepDown } = found;
  return {
    id: printable(text(id) ?? ''),
    host: text(host),
    pid: typeof pid === 'number' ? pid : undefined,
    leaseMs: typeof leaseMs === 'number' ? leaseMs : undefined,
    data,
    stepDown:
      typeof stepDown === 'object' && stepDown !== null ? pickRequest(stepDown as Record<string, unknown>) : undefined,
  };
}

function pickRequest({ to, reason, by }: Record<string, unknown>): StepDownRequest {
  return { to: text(to), reason: text(reason), by: text(by) };
}

/** Ids end up on terminals: no control characters, whoever wrote them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed.
const printable = (id: string): string => id.replace(/[\u0000-\u001f\u007f-\u009f]/gu, '');
