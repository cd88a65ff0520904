/**
 * Epochs at the doors of other stores: each refuses, by itself and in the same step as the write, what comes from an
 * epoch older than one it has seen. What the writer checks beforehand proves nothing: it may be paused after the check.
 */
import { type Epoch, type EpochGate, epochFromText } from './epoch.js';
import { IncarnationMismatchError } from './errors.js';

type Mark = Pick<Epoch, 'incarnation' | 'token'>;

/**
 * SQL: an UPDATE that keeps the token in the row and touches no row that has seen a later one: `changes = 0` means
 * stale, or no such row. `fence` is a 64-bit column that begins at 0. Names are yours and go into the text as they are;
 * values are parameters, in the order of `columns`, then the token, then the key.
 */
export function fencedUpdate(
  table: string,
  columns: readonly string[],
  { key = 'id', fence = 'fence', mark = (n: number) => `$${n}` } = {},
): string {
  const set = columns.map((column, index) => `${column} = ${mark(index + 1)}`);
  const [token, id] = [mark(columns.length + 1), mark(columns.length + 2)];
  return `UPDATE ${table} SET ${[...set, `${fence} = ${token}`].join(', ')} WHERE ${key} = ${id} AND ${fence} <= ${token}`;
}

/**
 * Redis: `EVAL script 2 key fence token value`, with the token as 16 hex digits (those of `epochToText`). Sets the key and
 * answers 1, or answers 0 for a stale token. Compared as text: numbers in Lua have 53 bits.
 */
export const REDIS_FENCE = `local seen = redis.call('GET', KEYS[2])
if seen and ARGV[1] < seen then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

/** The header that carries `epochToText(epoch)`. */
export const EPOCH_HEADER = 'x-epoch';

/** What the middleware needs of node:http's response. */
export interface Answer {
  statusCode: number;
  end(text: string): unknown;
}

/**
 * HTTP: true if the request may pass. Otherwise it is answered: 400 without a readable epoch, 409 for a stale one or one
 * of another incarnation. One gate for each resource.
 */
export function admitEpoch(
  gate: EpochGate,
  request: { readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> },
  response: Answer,
): boolean {
  const epoch = epochFromText(String(request.headers[EPOCH_HEADER] ?? ''));
  if (epoch && admits(gate, epoch)) return true;
  response.statusCode = epoch ? 409 : 400;
  response.end(epoch ? 'stale epoch\n' : `needs the header ${EPOCH_HEADER}\n`);
  return false;
}

function admits(gate: EpochGate, epoch: Mark): boolean {
  try {
    return gate.admit(epoch) !== 'stale';
  } catch (error) {
    if (error instanceof IncarnationMismatchError) return false;
    throw error;
  }
}
