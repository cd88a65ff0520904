/**
 * An hourly job on several machines: no hour is run twice, none is skipped, also when the leader changes.
 *
 *     npx succession server --port 2181
 *     node .tmp/programs/docker/examples/scheduler/scheduler.js a      # and b, c … in other terminals
 *
 * The leader does the job of an hour, and commits its result together with "this hour is done" in one transaction that
 * is fenced by its leadership. If it dies before, nothing was committed and its successor runs that hour; if it was
 * deposed meanwhile, ZooKeeper refuses. A job that acts outside of ZooKeeper may have acted before its leader died: give
 * it the hour as its idempotency key, and the token.
 *
 * HOUR_MS makes hours shorter, to watch.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionLostError, FencedError } from 'succession';
import type { ZooKeeperTerm } from 'succession/zookeeper';
import { openZooKeeper, say } from '../support/example.js';
import { ensure, type Found, read } from '../support/znodes.js';
import { dueIn, type LastRun, nextHour } from './hours.js';

const [id = `${process.pid}`, root = '/scheduler'] = process.argv.slice(2);
const hourMs = Number(process.env.HOUR_MS ?? 3_600_000);

const backend = openZooKeeper();
const candidacy = backend.election(`${root}/election`).campaign({ id });
candidacy.lead(runHours);

/** Ends with the leadership. What it knows it reads after the claim: nobody else can add to it from then on. */
async function runHours(term: ZooKeeperTerm): Promise<void> {
  say('leads', { id, token: term.token });
  await ensure(backend, `${root}/runs`);
  await ensure(backend, `${root}/last`);
  while (!term.signal.aborted) {
    const found = (await read(backend, `${root}/last`))!;
    const last = found.text === '' ? undefined : (JSON.parse(found.text) as LastRun);
    const hour = nextHour(last, Date.now(), hourMs);
    const due = await pause(dueIn(hour, Date.now(), hourMs), true, term).catch(() => false);
    if (due) await runOnce(term, hour, found);
  }
}

async function runOnce(term: ZooKeeperTerm, hour: number, { version }: Found): Promise<void> {
  const result = await job(hour);
  const done: LastRun = { hour, by: id, token: `${term.token}` };
  try {
    await term
      .transaction()
      .set(`${root}/last`, JSON.stringify(done), version)
      .create(`${root}/runs/${hour}`, JSON.stringify({ ...done, result }))
      .commit();
    say('ran', done);
  } catch (error) {
    // Unknown: the next look at the record tells. Fenced: the signal has aborted, or will.
    if (!(error instanceof ConnectionLostError) && !(error instanceof FencedError)) throw error;
    say('not ran', { hour, why: error.name });
  }
}

async function job(hour: number): Promise<string> {
  return `report of hour ${hour}`;
}
