/**
 * One candidate on Redis, a process of its own. It asks `isLeader()` every millisecond and at every event, and writes
 * down when the answer was yes. The instant is taken before the question: who says yes now also led then.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Candidacy } from '../../lib/election/election.js';
import type { Leadership, Term } from '../../lib/election/leadership.js';
import { redis } from '../../lib/redis/index.js';
import { nanos, type Occurrence, SPAN_BYTES, type Span, spanLine } from '../chaos/history.js';
import type { Order, Setup, Tidings } from './chaos-member.js';

const setup: Setup = JSON.parse(process.argv[2] ?? '');
const spans = openSync(join(setup.dir, `${setup.who}.spans`), 'w');
const events = openSync(join(setup.dir, `${setup.who}.events`), 'w');
const backend = redis(setup.options);
const election = backend.election('chaos', { drainTimeoutMs: 5_000, yieldMs: 50 });

/** Work that runs at this moment. */
const works = new Set<Term>();
/** Where the current span of each kind lies in the file. */
const open = new Map<Span['kind'], { token: bigint; from: bigint; at: number }>();
let length = 0;
let candidacy: Candidacy;
let shown: Leadership | undefined;

process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit());
setInterval(sample, 1);
stand();

function sample(): void {
  const value = setup.mutant === 'flag' ? shown : candidacy.leadership;
  const at = nanos();
  if (setup.mutant === 'flag' ? value?.role === 'leader' : candidacy.isLeader()) extend('belief', tokenOf(value), at);
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

function note(kind: Occurrence['kind'], token?: bigint): void {
  const details = { kind, at: String(nanos()), ...(token !== undefined && { token: String(token) }) };
  writeSync(events, `${JSON.stringify(details)}\n`);
}

function stand(): void {
  candidacy = election.campaign({ id: setup.id });
  candidacy.leadership$.subscribe((value) => {
    if (value.role === 'leader') note('claim', value.token);
    shown = value;
    sample();
    tell({ role: value.role, token: String(tokenOf(value)) });
  });
  candidacy.lead(work);
}

/** Runs until it is told to stop, and then takes some time to do so. */
async function work(term: Term): Promise<void> {
  note('start', term.token);
  works.add(term);
  sample();
  if (!term.signal.aborted) await new Promise((stop) => term.signal.addEventListener('abort', stop));
  await pause(20 * Math.random());
  sample();
  works.delete(term);
  note('stop', term.token);
}

async function obey(order: Order): Promise<void> {
  await candidacy.resign();
  if (order === 'resign') return stand();
  await backend.close();
  note('left');
  process.exit();
}

function tell(tidings: Tidings): void {
  if (process.connected) process.send?.(tidings);
}
