/**
 * One candidate, a process of its own. It asks `isLeader()` every millisecond and at every event, and writes down when
 * the answer was yes. The instant is taken before the question: who says yes now also led then.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Candidacy } from '../../lib/election/election.js';
import type { Leadership } from '../../lib/election/leadership.js';
import { silent } from '../../lib/options.js';
import { type ZooKeeperTerm, zookeeper } from '../../lib/zookeeper/index.js';
import { nanos, type Occurrence, SPAN_BYTES, type Span, spanLine } from './history.js';
import { mutantClock } from './mutants.js';
import type { Order, Setup, Tidings } from './orders.js';

const setup: Setup = JSON.parse(process.argv[2] ?? '');
const spans = openSync(join(setup.dir, `${setup.who}.spans`), 'w');
const events = openSync(join(setup.dir, `${setup.who}.events`), 'w');
const backend = zookeeper({
  ...setup.options,
  ...(setup.id === 'w1' && mutantClock(setup.mutant)),
  logger: { ...silent, debug: ({ sessionId }: { sessionId?: bigint }) => noteSession(sessionId) },
});
const election = backend.election(setup.election, { drainTimeoutMs: 5_000 });

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

/** Runs until it is told to stop, and then takes some time to do so. */
async function work(term: ZooKeeperTerm): Promise<void> {
  note('start', { token: term.token });
  works.add(term);
  sample();
  if (!term.signal.aborted) await new Promise((stop) => term.signal.addEventListener('abort', stop));
  await pause(setup.drainMs * Math.random());
  sample();
  works.delete(term);
  note('stop', { token: term.token });
}

async function obey(order: Order): Promise<void> {
  if (order === 'stand') return stand();
  const outcome = await candidacy?.resign();
  candidacy = undefined;
  if (order === 'resign') return stand();
  if (order === 'exit') return leave();
  tell({ role: 'resigned', outcome });
}

async function leave(): Promise<void> {
  await backend.close();
  note('left');
  process.exit();
}

function tell(tidings: Tidings): void {
  if (process.connected) process.send?.(tidings);
}
