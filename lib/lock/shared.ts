/**
 * Locks that several may hold, made of locks that one may hold.
 *
 * A gate, whose line decides the order for everybody, and as many slots as may be held at once. Whoever passes the gate
 * takes the slots it needs, and opens the gate again: one slot is a permit (or a reader), all of them are a writer. Each
 * slot has the lease of its backend, so whoever is lost without a goodbye is waited for as any leader is. The token is
 * the gate's: it rises with everybody who passes.
 */
import type { Backend } from '../election/election.js';
import type { Resignation } from '../election/leadership.js';
import type { Clock } from '../options.js';
import { type Held, hold, type Patience, type Place, placeOf, tryHold } from './hold.js';
import type { ResolvedLockOptions } from './options.js';

export interface House {
  readonly gate: Place;
  readonly slots: readonly Place[];
  readonly clock: Clock;
}

export function houseOf(backend: Backend, name: string, permits: number, options: ResolvedLockOptions): House {
  const part = (which: string) => placeOf(backend, name, options, `${name}/${which}`);
  const slots = Array.from({ length: permits }, (_, at) => part(`slot-${at + 1}`));
  return { gate: part('gate'), slots, clock: options.clock };
}

/** How to take slots while the gate is held. `undefined`: not without waiting. */
export type Taking = (house: House, id: string, patience: Patience) => Promise<readonly Held[] | undefined>;

/** Passes the gate in turn, and takes. Who loses the gate, or a slot, while it waits for slots starts again, at the end of the line. */
export async function pass(house: House, id: string, patience: Patience, take: Taking): Promise<Held | undefined> {
  for (;;) {
    const gate = await hold(house.gate, id, patience, house.clock);
    const lost = await inGate(house, gate, id, patience, take);
    if (lost !== LOST) return lost;
  }
}

/** The same if nobody is at the gate, and the slots can be had at once. */
export async function tryPass(house: House, id: string, patience: Patience, take: Taking): Promise<Held | undefined> {
  const gate = await tryHold(house.gate, id, patience, house.clock);
  const held = gate && (await inGate(house, gate, id, patience, take));
  return held === LOST ? undefined : held;
}

const LOST = Symbol('the gate, or a slot, was lost');

async function inGate(house: House, gate: Held, id: string, patience: Patience, take: Taking) {
  const signal = AbortSignal.any([patience.signal, gate.signal]);
  try {
    const slots = await take(house, id, { ...patience, signal });
    return slots && (await whole(gate, slots));
  } catch (error) {
    if (gate.signal.aborted && !patience.signal.aborted) return LOST;
    throw error;
  } finally {
    await gate.release();
  }
}

/** What was taken, if all of it is still held, and in turn: some may have been lost while the rest was waited for. */
async function whole(gate: Held, slots: readonly Held[]): Promise<Held | typeof LOST> {
  if ([gate, ...slots].every((one) => one.isValid())) return together(gate.token, slots);
  await Promise.all(slots.map((slot) => slot.release()));
  return LOST;
}

/** One slot: a free one if there is, else whichever becomes free first. */
export const one: Taking = async (house, id, patience) =>
  (await oneFree(house, id, patience)) ?? [await firstOf(house, id, patience)];

/** One slot, if one is free. Begins anywhere, so that those who hold are spread. */
export const oneFree: Taking = async ({ slots, clock }, id, patience) => {
  const start = Math.floor(Math.random() * slots.length);
  for (const slot of [...slots.slice(start), ...slots.slice(0, start)]) {
    const held = await tryHold(slot, id, patience, clock);
    if (held) return [held];
  }
  return undefined;
};

/** Every slot. */
export const all: Taking = ({ slots, clock }, id, patience) =>
  allOrNone(slots.map((slot) => hold(slot, id, patience, clock)));

/** Every slot, if all are free. */
export const allFree: Taking = async ({ slots, clock }, id, patience) => {
  const held = await allOrNone(slots.map((slot) => tryHold(slot, id, patience, clock)));
  if (held.every((one) => one !== undefined)) return held;
  await Promise.all(held.map((one) => one?.release()));
  return undefined;
};

/** Stands for every slot, keeps the first it gets, and leaves the others. */
async function firstOf({ slots, clock }: House, id: string, patience: Patience): Promise<Held> {
  const enough = new AbortController();
  const signal = AbortSignal.any([patience.signal, enough.signal]);
  const waiting = slots.map((slot) => hold(slot, id, { ...patience, signal }, clock));
  await Promise.race(waiting).catch(() => undefined);
  enough.abort();
  const { held, failures } = await outcomes(waiting);
  const [first, ...more] = held;
  await Promise.all(more.map((extra) => extra.release()));
  if (!first) throw failures.find((reason) => reason !== enough.signal.reason);
  return first;
}

/** What was taken before one of them failed is released. */
async function allOrNone<H extends Held | undefined>(taking: readonly Promise<H>[]): Promise<readonly H[]> {
  const { held, failures } = await outcomes(taking);
  if (failures.length === 0) return held;
  await Promise.all(held.map((one) => one?.release()));
  throw failures[0];
}

async function outcomes<H>(
  taking: readonly Promise<H>[],
): Promise<{ held: readonly H[]; failures: readonly unknown[] }> {
  const settled = await Promise.allSettled(taking);
  return {
    held: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    failures: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
  };
}

/** Several slots as one: lost as soon as one of them is. */
function together(token: bigint, slots: readonly Held[]): Held {
  const release = async (): Promise<Resignation> => {
    const outcomes = await Promise.all(slots.map((slot) => slot.release()));
    return outcomes.find((outcome) => outcome !== 'released') ?? 'released';
  };
  const signal = AbortSignal.any(slots.map((slot) => slot.signal));
  signal.addEventListener('abort', () => void release(), { once: true });
  return {
    token,
    signal,
    isValid: () => slots.every((slot) => slot.isValid()),
    release,
    [Symbol.asyncDispose]: () => release().then(() => undefined),
  };
}
