/**
 * What nodes write to each other, and how it is read: nothing from the wire is believed to have a shape.
 *
 * @pure
 */
import type { Candidate, Claim, Told } from './roster.js';

/** Something asked of the node on which a candidate stands. */
export type Ask =
  | { readonly do: 'step down'; readonly name: string; readonly token: bigint; readonly to: string | undefined }
  | { readonly do: 'evict'; readonly name: string };

export type Letter =
  /** From machine to machine. */
  | { readonly type: 'machine'; readonly election: string; readonly body: unknown }
  /** Who stands on the sender. `count` rises: an older one that comes later is stale. */
  | { readonly type: 'told'; readonly election: string; readonly count: number; readonly told: Told }
  /** That was everything the sender has to tell. */
  | { readonly type: 'greeted' }
  | { readonly type: 'ask'; readonly election: string; readonly id: string; readonly ask: Ask }
  /** `found` is false if there was nobody to do it to. */
  | { readonly type: 'answer'; readonly id: string; readonly found: boolean };

/** The longest name of an election, and the longest id of a candidate, in characters. */
export const MAX_NAME = 512;

/** As it goes over the wire: JSON knows neither bigint nor Map. */
export function encode(letter: Letter): object {
  if (letter.type === 'told') return { ...letter, told: encodeTold(letter.told) };
  if (letter.type === 'ask' && letter.ask.do === 'step down')
    return { ...letter, ask: { ...letter.ask, token: String(letter.ask.token) } };
  return letter;
}

function encodeTold({ candidates, claim, nominee, orders }: Told): object {
  return { candidates, nominee, orders: [...orders], claim: claim && { ...claim, token: String(claim.token) } };
}

/** `undefined` for anything that is not a letter. */
export function decode(message: unknown): Letter | undefined {
  const { type, election, count, told, id, ask, found, body } = fields(message);
  const named = isText(election, MAX_NAME);
  if (type === 'greeted') return { type };
  if (type === 'machine' && named) return { type, election, body };
  if (type === 'answer' && isText(id) && typeof found === 'boolean') return { type, id, found };
  if (type === 'told' && named && isNumber(count))
    return some(decodeTold(told), (told) => ({ type, election, count, told }));
  if (type === 'ask' && named && isText(id)) return some(decodeAsk(ask), (ask) => ({ type, election, id, ask }));
  return undefined;
}

function decodeAsk(value: unknown): Ask | undefined {
  const { do: what, name, token, to } = fields(value);
  if (!isText(name)) return undefined;
  if (what === 'evict') return { do: what, name };
  if (what !== 'step down' || !isToken(token) || !(to === undefined || isText(to, MAX_NAME))) return undefined;
  return { do: what, name, token: BigInt(token), to };
}

function decodeTold(value: unknown): Told | undefined {
  const { candidates, claim, nominee, orders } = fields(value);
  if (!Array.isArray(candidates) || !candidates.every(isCandidate)) return undefined;
  if (!Array.isArray(orders) || !orders.every(isOrder)) return undefined;
  if (!(nominee === undefined || isText(nominee)) || !(claim === undefined || isClaim(claim))) return undefined;
  return {
    candidates: candidates.map(plain),
    claim: claim && { name: claim.name, token: BigInt(claim.token), since: claim.since },
    nominee,
    orders: new Map(orders),
  };
}

/** Only what belongs to it. */
const plain = ({ name, id, weight, order, settled, since, data, host, pid }: Candidate): Candidate => ({
  ...{ name, id, weight, order, settled, since, data, host, pid },
});

function isCandidate(value: unknown): value is Candidate {
  const { name, id, weight, order, settled, since, host, pid } = fields(value);
  const texts = isText(name) && isText(id, MAX_NAME) && isText(host);
  return texts && [weight, order, since, pid].every(isNumber) && typeof settled === 'boolean';
}

function isClaim(value: unknown): value is Omit<Claim, 'token'> & { readonly token: string } {
  const { name, token, since } = fields(value);
  return isText(name) && isToken(token) && isNumber(since);
}

const isOrder = (value: unknown): value is [string, number] =>
  Array.isArray(value) && value.length === 2 && isText(value[0]) && isNumber(value[1]);

const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const isText = (value: unknown, most = 256): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isToken = (value: unknown): value is string => typeof value === 'string' && /^\d{1,40}$/.test(value);

function some<V, W>(value: V | undefined, then: (value: V) => W): W | undefined {
  return value === undefined ? undefined : then(value);
}
