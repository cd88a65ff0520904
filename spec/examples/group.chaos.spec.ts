import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Kept } from '../../docker/examples/group/group.js';
import { read } from '../../docker/examples/support/znodes.js';
import { type Actor, now, Stage } from './stage.js';

/** More jobs than there is time for: what was committed by the end is what is judged. */
const env = { PARTITIONS: '6', JOBS: '100000', GROUP_TIMEOUT_MS: '1200', SLICE_MS: '8' };
const ALL = [0, 1, 2, 3, 4, 5];

interface Slice {
  readonly id: string;
  readonly generation: number;
  readonly partition: number;
  readonly job: number;
}

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open(env);
});
afterEach(() => stage[Symbol.asyncDispose]());

it('loses no job and does none under two generations at once, through kill -9 of the coordinator and of a worker, and a pause', async () => {
  for (const id of ['c1', 'c2']) stage.enter('group/coordinator', id);
  const workers = ['w1', 'w2', 'w3'].map((id) => stage.enter('group/worker', id));
  await everyoneWorks(workers);

  const [first, second, third] = workers as [Actor, Actor, Actor];
  await measured('a worker was killed', first, 'SIGKILL', [second, third]);
  const { id } = stage.told<{ id: string }>('coordinates').at(-1)!;
  const coordinator = stage.actors.find((actor) => actor.id === id)!;
  await measured('the coordinator was killed', coordinator, 'SIGKILL', [second, third]);
  await measured('a worker was paused', second, 'SIGSTOP', [third]);
  await measured('it was woken', second, 'SIGCONT', [second, third]);
  for (const actor of [second, third]) await actor.kill();

  const { offsets } = await kept();
  const slices = stage.told<Slice>('slice');
  const done = new Set(stage.told<Slice>('done').map(({ partition, job }) => `${partition}:${job}`));
  for (const partition of ALL) {
    const lost = [...Array(offsets[partition]).keys()].filter((job) => !done.has(`${partition}:${job}`));
    expect(lost).toEqual([]);
    // In the order of the one clock: once a generation has touched a partition, no older one does.
    const generations = slices.filter((slice) => slice.partition === partition).map((slice) => slice.generation);
    expect(generations).toEqual(generations.toSorted((a, b) => a - b));
  }
  expect(Math.min(...offsets)).toBeGreaterThan(0);
  expect(new Set(stage.told<{ id: string }>('coordinates').map((line) => line.id)).size).toBe(2);
  expect(new Set(slices.map((slice) => slice.generation)).size).toBeGreaterThanOrEqual(3);
}, 30_000);

/** Sends the signal, waits until the work goes on, and prints the longest silence of a partition meanwhile. */
async function measured(what: string, actor: Actor, signal: NodeJS.Signals, workers: readonly Actor[]): Promise<void> {
  const coordinators = stage.told('coordinates').length;
  const isCoordinator = actor.told('coordinates').length > 0;
  const at = actor.signal(signal);
  if (isCoordinator) await stage.until(() => stage.told('coordinates').length > coordinators, 15_000);
  await everyoneWorks(workers);
  const formed = stage.told<{ rebalanceMs: number }>('generation').filter((line) => line.at > at);
  const rebalance = formed.map(({ rebalanceMs }) => `${rebalanceMs} ms`).join(', ') || 'not needed';
  const silence = Math.round(Math.max(...ALL.map((partition) => longestSilence(partition, at))));
  console.log(`${what}: no partition stood still for longer than ${silence} ms; rebalance: ${rebalance}`);
}

/** Waits until every partition has gone on, in the hands of these and of nobody else. */
async function everyoneWorks(workers: readonly Actor[]): Promise<void> {
  const since = now();
  const ids = workers.map(({ id }) => id);
  const worked = () => {
    const hands = new Map(slicesSince(since).map(({ partition, id }) => [partition, id]));
    return hands.size === ALL.length && `${[...new Set(hands.values())].toSorted()}` === `${ids}`;
  };
  await stage.until(worked, 15_000);
}

const slicesSince = (at: number) => stage.told<Slice>('slice').filter((slice) => slice.at >= at);

function longestSilence(partition: number, since: number): number {
  const instants = slicesSince(since).filter((slice) => slice.partition === partition);
  return Math.max(...instants.map(({ at }, n) => at - (instants[n - 1]?.at ?? since)));
}

const kept = async () => JSON.parse((await read(stage.backend, '/group/state'))!.text) as Kept;
