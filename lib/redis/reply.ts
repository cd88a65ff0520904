/** What the scripts answer, as values. @pure */
import type { Leader, Participant } from '../election/election.js';

/** What a heartbeat says to one who does not lead. */
export type Verdict =
  | { readonly is: 'gone'; readonly counter: bigint }
  /** The lease is ours to take; somebody may be preferred first. */
  | { readonly is: 'first'; readonly counter: bigint }
  /** `dueMs`: sooner than this there is nothing to be had. */
  | { readonly is: 'waiting'; readonly counter: bigint; readonly ahead: number; readonly dueMs: number }
  | { readonly is: 'leader'; readonly counter: bigint; readonly since: number };

export function verdictOf([is, counter = '0', third = '0', fourth = '0']: readonly string[]): Verdict {
  const known = { counter: BigInt(counter) };
  if (is === 'waiting') return { is, ...known, ahead: Number(third), dueMs: Number(fourth) };
  if (is === 'leader') return { is, ...known, since: Number(third) };
  return { is: is === 'first' ? 'first' : 'gone', ...known };
}

/** What a candidate publishes. */
export interface Profile {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly data?: unknown;
}

interface Published extends Partial<Profile> {
  readonly since: number | undefined;
}

/** Since when somebody stands, and what it publishes; nothing is known of what cannot be read. */
function publishedOf(text: string): Published {
  const space = text.indexOf(' ');
  try {
    return { ...JSON.parse(text.slice(space + 1)), since: Number(text.slice(0, space)) };
  } catch {
    return { since: undefined };
  }
}

/** One election at one instant of Redis' clock. */
export interface Picture<T = unknown> {
  readonly counter: bigint;
  readonly candidates: number;
  readonly leader: Held<T> | undefined;
  /** How long the lease lasts, if nothing is heard of its holder, in ms. */
  readonly leaseLeftMs: number;
  /** Empty unless it was asked for. */
  readonly participants: readonly Participant<T>[];
}

/** A leader, and its place. */
export interface Held<T = unknown> extends Leader<T> {
  readonly token: bigint;
  readonly name: string;
}

/** Holder of a lease that nobody may take, because Redis has forgotten who holds it. */
const NOBODY = '?';

export function pictureOf<T>(reply: readonly string[]): Picture<T> {
  const [now = '0', counter = '0', candidates = '0', holder = '', id = '', token = '0', since = '0', until = '0'] =
    reply;
  const leaseLeftMs = Math.max(0, Number(until) - Number(now));
  const held = leaseLeftMs > 0 && holder !== '' && holder !== NOBODY;
  const { data } = publishedOf(reply[8] ?? '');
  const leader = { id, token: BigInt(token), since: Number(since), data: data as T | undefined, foreign: false };
  return {
    counter: BigInt(counter),
    candidates: Number(candidates),
    leader: held ? { ...leader, name: holder } : undefined,
    leaseLeftMs,
    participants: participantsOf<T>(reply.slice(9), held ? holder : undefined),
  };
}

/** The line, from place and profile in turn. */
function participantsOf<T>(pairs: readonly string[], holder: string | undefined): readonly Participant<T>[] {
  const names = pairs.filter((_, at) => at % 2 === 0);
  return names.map((name, at) => {
    const { id = '', data, host, pid, since } = publishedOf(pairs[2 * at + 1] ?? '');
    return {
      id,
      position: at + 1,
      role: name === holder ? 'leader' : at === 0 ? 'candidate' : 'follower',
      data: data as T | undefined,
      name,
      waitsFor: names[at - 1],
      host,
      pid,
      session: undefined,
      since,
      foreign: false,
    };
  });
}

/** A message of the channel: what happened, and to whom. */
export function concerns(message: string, kind: 'wake' | 'gone' | 'asked' | 'line' | 'lease', name?: string): boolean {
  return name === undefined ? message.startsWith(`${kind} `) : message === `${kind} ${name}`;
}

/** What was asked of a leader. */
export interface Request {
  /** The place of who should lead next. */
  readonly nominee?: string;
  readonly reason?: string;
  readonly by?: string;
}

export function requestOf(text: string): Request | undefined {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return {};
  }
}
