/** What the nodes say to each other, and the check of what comes from the wire. @pure */
import type { NodeId, Standing } from '../machine.js';

/** One who stands, as the leader knows it: id, weight, order. */
export type RosterEntry = readonly [node: NodeId, weight: number, order: number];

export type RaftMessage =
  /** Would you vote for me in this term? (9.6) */
  | { readonly type: 'pre-vote'; readonly term: number }
  /** `term` is that of the question, `known` the term of whoever answers. */
  | { readonly type: 'pre-vote-reply'; readonly term: number; readonly known: number; readonly granted: boolean }
  /** Vote for me. With `transfer` the leader before has asked for it, and has stopped believing. (3.4, 3.10) */
  | { readonly type: 'vote'; readonly term: number; readonly transfer: boolean }
  | { readonly type: 'vote-reply'; readonly term: number; readonly granted: boolean }
  /** `sentAt` by the leader's clock comes back in the reply; the roster is who stands. (3.4) */
  | {
      readonly type: 'heartbeat';
      readonly term: number;
      readonly sentAt: number;
      readonly roster: readonly RosterEntry[];
    }
  | {
      readonly type: 'heartbeat-reply';
      readonly term: number;
      readonly sentAt: number;
      readonly standing: Standing | null;
    }
  /** Stand now, without waiting: I led this term and do not any more. (3.10) */
  | { readonly type: 'timeout-now'; readonly term: number };

type Check = (value: unknown) => boolean;

const isTerm: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber: Check = (value) => Number.isFinite(value);
const isBoolean: Check = (value) => typeof value === 'boolean';
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isStanding: Check = (value) =>
  value === null || (isObject(value) && isNumber(value.weight) && isNumber(value.order));
const isEntry: Check = (value) =>
  Array.isArray(value) && value.length === 3 && typeof value[0] === 'string' && value.slice(1).every(isNumber);
const isRoster: Check = (value) => Array.isArray(value) && value.every(isEntry);

/** Every field of every message. */
const fields: { readonly [T in RaftMessage['type']]: Readonly<Record<string, Check>> } = {
  'pre-vote': { term: isTerm },
  'pre-vote-reply': { term: isTerm, known: isTerm, granted: isBoolean },
  vote: { term: isTerm, transfer: isBoolean },
  'vote-reply': { term: isTerm, granted: isBoolean },
  heartbeat: { term: isTerm, sentAt: isNumber, roster: isRoster },
  'heartbeat-reply': { term: isTerm, sentAt: isNumber, standing: isStanding },
  'timeout-now': { term: isTerm },
};

/** The message, if every field is what it should be; else `undefined`. Fields it does not know are let be. */
export function decode(message: unknown): RaftMessage | undefined {
  if (!isObject(message) || typeof message.type !== 'string' || !Object.hasOwn(fields, message.type)) return undefined;
  const checks = Object.entries(fields[message.type as RaftMessage['type']]);
  return checks.every(([field, check]) => check(message[field])) ? (message as RaftMessage) : undefined;
}
