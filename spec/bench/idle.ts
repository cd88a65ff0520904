import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Idling } from './idler.js';
import type { BenchOptions } from './options.js';
import { PATIENCE_MS, Population } from './population.js';
import type { Report, Row } from './report.js';
import { type Counted, Tap } from './tap.js';

const idler = fileURLToPath(new URL('./idler.js', import.meta.url));

/** The default of our backend; the bare client is given the same. */
const SESSION_TIMEOUT_MS = 10_000;
/** Until what joining has left to do is done. */
const REST_MS = 1_000;
const HOUR_S = 3_600;

type Kind = Pick<Idling, 'apart' | 'bare'> & { readonly who: string; readonly none?: true; readonly shared?: true };

const kinds: readonly Kind[] = [
  { who: 'process with nothing', apart: false, bare: true, none: true },
  { who: 'session of the bare client', apart: false, bare: true },
  { who: 'follower on its own session', apart: false, bare: false },
  { who: 'leader on its own session', apart: true, bare: false },
  { who: 'follower on one session', apart: false, bare: false, shared: true },
  { who: 'leader on one session', apart: true, bare: false, shared: true },
];

/**
 * What each of a crowd costs in an hour in which nothing happens: of its process's processor, and counted on the wire. A
 * process of its own is idle for a while behind a tap. Its followers stand behind a leader in another process.
 */
export async function idle(server: string, { crowd, idle, root }: BenchOptions): Promise<Report> {
  const rows: Row[] = [];
  for (const [i, kind] of kinds.entries()) rows.push(await measure(server, `${root}/idle-${i}`, kind, crowd, idle));
  return { title: `Each in an idle hour, from ${idle} s; session timeout ${SESSION_TIMEOUT_MS} ms`, rows };
}

async function measure(server: string, path: string, kind: Kind, crowd: number, seconds: number): Promise<Row> {
  const { who, apart, bare, none, shared } = kind;
  await using tap = await Tap.before(server);
  await using _leader = bare || apart ? undefined : await Population.join(server, path, 1, 1);
  const count = none ? 0 : crowd;
  const sessions = shared ? 1 : count;
  const setup: Idling = {
    server: tap.connect,
    ...{ path, count, sessions, apart, bare },
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  };
  const child = fork(idler, [JSON.stringify(setup)]);
  try {
    await heard(child);
    await pause(REST_MS);
    const before = await used(child);
    tap.reset();
    await pause(seconds * 1_000);
    const { counted } = tap;
    return row(who, count, sessions, counted, ((await used(child)) - before) / 1_000, seconds);
  } finally {
    await ended(child);
  }
}

function row(who: string, count: number, sessions: number, counted: Counted, cpuMs: number, seconds: number): Row {
  const each = (amount: number) => ((amount / Math.max(1, count)) * HOUR_S) / seconds;
  return {
    each: who,
    of: count,
    sessions,
    'CPU, ms': each(cpuMs),
    requests: each(counted.which.length),
    events: each(counted.events),
    'sent, KB': each(counted.sent) / 1_024,
    'received, KB': each(counted.received) / 1_024,
    which: [...new Set(counted.which)].join(' '),
  };
}

async function heard(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return message;
}

/** In µs. */
async function used(child: ChildProcess): Promise<number> {
  const answer = heard(child);
  child.send('used');
  return Number(await answer);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
