/**
 * A worker of the group that coordinator.ts coordinates: it joins, gets partitions of the job list, does their jobs one
 * by one, commits each, and stops at once when a rebalance begins or when its membership can no longer be trusted.
 *
 *     node .tmp/programs/docker/examples/group/worker.js
 *
 * A job that was done and not committed is done again by whoever gets its partition: at least once, and never under two
 * generations at the same time. JOBS (100) is the length of each partition's list; a job takes three times SLICE_MS (20).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { now, openZooKeeper, say } from '../support/example.js';
import { clientOf, type Granted } from './client.js';
import type { Address } from './wire.js';

const [id = `${process.pid}`, root = '/group'] = process.argv.slice(2);
const timeoutMs = Number(process.env.GROUP_TIMEOUT_MS ?? 6_000);
const jobs = Number(process.env.JOBS ?? 100);
const sliceMs = Number(process.env.SLICE_MS ?? 20);
const SLICES = 3;
/** The coordinator counts from when it heard us, and we from when we sent, and a little less: we stop first. */
const TRUST_MS = timeoutMs * 0.9;

const ask = clientOf(openZooKeeper().election<Address>(`${root}/coordinators`), 2 * timeoutMs);

/** One generation, from the answer to our join. */
interface Stay {
  readonly member: string;
  readonly generation: number;
  readonly over: AbortController;
  trustedUntil: number;
}

for (let member = newMember(); ; ) {
  const joined = await ask({ op: 'join', member });
  const generation = joined.granted?.generation ?? 0;
  const synced = await ask({ op: 'sync', member, generation });
  if (synced.granted) {
    const stay = { member, generation, over: new AbortController(), trustedUntil: synced.sentAt + TRUST_MS };
    await Promise.all([keepTrust(stay), ...synced.granted.partitions.map((one) => work(stay, one, synced.granted!))]);
  } else if (synced.refusal === 'unknown-member') member = newMember();
}

/** Chosen by the member, so that a join whose answer was lost may be sent again. */
function newMember(): string {
  return `${id}-${randomUUID().slice(0, 8)}`;
}

/** Heartbeats until one is refused: then this stay is over. */
async function keepTrust(stay: Stay): Promise<void> {
  const { member, generation, over } = stay;
  while (!over.signal.aborted) {
    await pause(timeoutMs / 10, undefined, over).catch(() => undefined);
    const { refusal, sentAt } = await ask({ op: 'heartbeat', member, generation });
    if (refusal) over.abort(refusal);
    else stay.trustedUntil = sentAt + TRUST_MS;
  }
}

/** Does the jobs of one partition. Returns when all is done, or the stay is over. */
async function work(stay: Stay, partition: number, { offsets }: Granted): Promise<void> {
  for (let job = offsets[partition] ?? 0; job < jobs && (await done(stay, partition, job)); job++) {
    const { member, generation, over } = stay;
    const { refusal } = await ask({ op: 'commit', member, generation, partition, offset: job + 1 });
    if (refusal) return over.abort(refusal);
  }
}

/** A job in slices; before each we ask ourselves whether it is still ours. False when the stay was over first. */
async function done(stay: Stay, partition: number, job: number): Promise<boolean> {
  const { generation, over } = stay;
  for (let slice = 0; slice < SLICES; ) {
    // The instant comes before the question: a pause between them must not make an old answer look new.
    const at = now();
    if (over.signal.aborted) return false;
    if (now() < stay.trustedUntil) say('slice', { at, id, generation, partition, job, slice: slice++ });
    await pause(sliceMs, undefined, over).catch(() => undefined);
  }
  say('done', { id, generation, partition, job });
  return true;
}
