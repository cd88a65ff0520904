/**
 * One candidate, a process of its own, on the package as it is shipped. It asks `isLeader()` every millisecond and at every event, and writes down when
 * the answer was yes. The instant is taken before the question: who says yes now also led then.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Candidacy, Leadership } from 'succession';
import { type ZooKeeperTerm, zookeeper } from 'succession/zookeeper';
import { nanos, type Occurrence, SPAN_BYTES, type Span, spanLine } from './history.js';
import { mutantClock } from './mutants.js';
import type { Order, Setup, Tidings } from './orders.js';
import { openRegisters } from './registers.js';

const setup: Setup = JSON.parse(process.argv[2] ?? '');
const spans = openSync(join(setup.dir, `${setup.who}.spans`), 'w');
const events = openSync(join(setup.dir, `${setup.who}.events`), 'w');
const backend = zookeeper({
  ...setup.options,
  ...(setup.id === 'w1' && mutantClock(setup.mutant)),
  logger: {
    debug: ({ sessionId }: { sessionId?: bigint }) => noteSession(sessionId),
    info() {},
    warn() {},
    error() {},
  },
});
const write = openRegisters(setup, note);
const election = backend.election(setup.election, { drainTimeoutMs: 5_000 });

const WRITE_EVERY_MS = 50;
const LATE_MS = 1_000;

/** Work that runs at this moment. */
const works = new Set<ZooKeeperTerm>();
/** Where the current span of each kind lies in the file. */
const open = new Map<Span['kind'], { token: bigint; from: bigint; at: number }>();
let [length, session] = [0, 0n];
let candidacy: Candidacy<unknown, ZooKeeperTerm> | undefined;
let shown: Leadership | undefined;

process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit());
setInterval(sample, 1);
tell({ up: true });
if (setup.stands) stand();

function sample(): void {
  const value = candidacy?.leadership;
  const at = nanos();
  if (setup.mutant === 'flag' ? shown?.role === 'leader' : candidacy?.isLeader())
    extend('belief', tokenOf(setup.mutant === 'flag' ? shown : value), at);
  for (const work of works) if (work.isValid()) extend('work', work.token, at);
}

function tokenOf(value: Leadership | undefined): bigint {
  return value?.role === 'leader' ? value.token : -1n;
}

/** Lengthens the span of this token, in place: what a kill finds written is what was true. */
function extend(kind: Span['kind'], token: bigint, until: bigint): void {
  let span = open.get(kind);
  if (span?.token !== token) {
    span = { token, from: until, at: length };
    open.set(kind, span);
    length += SPAN_BYTES;
  }
  writeSync(spans, spanLine(kind, token, span.from, until), span.at);
}

function note(kind: Occurrence['kind'], details: object = {}): void {
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  writeSync(events, `${JSON.stringify({ kind, at: nanos(), ...details }, text)}\n`);
}

function noteSession(id: bigint | undefined): void {
  if (id !== undefined && id !== session) note('session', { session: id });
  session = id ?? session;
}

function stand(): void {
  candidacy = election.campaign({ id: setup.id });
  candidacy.leadership$.subscribe((value) => {
    if (value.role === 'leader') note('claim', { token: value.token });
    shown = value;
    sample();
    const { role } = value;
    tell({ role, ...(role === 'follower' && { ahead: value.ahead }), token: String(tokenOf(value)) });
  });
  candidacy.lead(work);
}

/**
 * Writes until it is told to stop, and then takes some time to do so. It never asks whether it still leads: that is for
 * the fences to know. A last write comes when all is over, like one that was long on its way.
 */
async function work(term: ZooKeeperTerm): Promise<void> {
  note('start', { token: term.token });
  works.add(term);
  sample();
  const writing = setInterval(() => write(term), WRITE_EVERY_MS);
  term.signal.addEventListener('abort', () => clearInterval(writing));
  if (!term.signal.aborted) await new Promise((stop) => term.signal.addEventListener('abort', stop));
  await pause(setup.drainMs * Math.random());
  sample();
  works.delete(term);
  note('stop', { token: term.token });
  clearInterval(writing);
  setTimeout(() => write(term), LATE_MS * Math.random());
}

async function obey(order: Order): Promise<void> {
  if (typeof order === 'object') return suffer(order);
  if (order === 'stand') return stand();
  const leaving = candidacy;
  const outcome = await leaving?.resign();
  if (order === 'resign' && candidacy !== leaving) return; // Told twice: it stands again.
  candidacy = undefined;
  if (order === 'resign') return stand();
  if (order === 'exit') return leave();
  tell({ role: 'resigned', outcome });
}

/** A loop that is blocked; a wall clock that is set. Both happen to a process, not to the library in it. */
function suffer({ blockMs, setWallMs }: Exclude<Order, string>): void {
  if (blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  const { now } = Date;
  if (setWallMs) Date.now = () => now() + setWallMs;
}

async function leave(): Promise<void> {
  await backend.close();
  note('left');
  process.exit();
}

function tell(tidings: Tidings): void {
  if (process.connected) process.send?.(tidings);
}
