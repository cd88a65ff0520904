import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PartitionState } from '../../docker/examples/controller/cluster.js';
import { read } from '../../docker/examples/support/znodes.js';
import { type Actor, Stage } from './stage.js';

interface Claim {
  readonly id: number;
  readonly epoch: number;
  readonly zxid: string;
}
type Changed = PartitionState & { readonly name: string; readonly zxid: string };

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open({ SESSION_TIMEOUT_MS: '1500' });
});
afterEach(() => stage[Symbol.asyncDispose]());

it('raises the epoch with each controller: one that was killed or paused writes nothing after the next one’s claim', async () => {
  for (const id of ['1', '2', '3']) stage.enter('controller/broker', id);
  await stage.until(() => claims().length === 1);
  // Who comes after the first leaders were named leads nothing yet.
  await everyLeaderLives();
  await controller().kill();
  await stage.until(() => claims().length === 2);
  await everyLeaderLives();

  // Paused and evicted, so that its session outlives its place: told to write, it cannot know better.
  const paused = controller();
  paused.signal('SIGSTOP');
  await stage.backend.election('/kafka/election').evict(paused.id);
  await stage.until(() => claims().length === 3);
  await everyLeaderLives();
  paused.write(`elect orders-0 ${paused.id}`);
  paused.signal('SIGCONT');
  await stage.until(() => paused.told('refused').length === 1);

  const epochs = claims().map(({ epoch }) => epoch);
  expect(epochs).toEqual(epochs.map((_, n) => n + 1));
  expect((await read(stage.backend, '/kafka/controller_epoch'))?.text).toBe(`${epochs.at(-1)}`);
  const record = JSON.parse((await read(stage.backend, '/kafka/controller'))!.text);
  expect(record).toMatchObject({ version: 1, brokerid: claims().at(-1)!.id });
  for (const { controller_epoch, zxid } of stage.told<Changed>('changed')) {
    const next = claims().find(({ epoch }) => epoch === controller_epoch + 1);
    if (next) expect(BigInt(zxid)).toBeLessThan(BigInt(next.zxid));
  }
}, 30_000);

const claims = () => stage.told<Claim>('controller');

const controller = (): Actor => stage.actors.find(({ id }) => id === `${claims().at(-1)!.id}`)!;

function states(): Promise<PartitionState[]> {
  const path = (n: number) => `/kafka/brokers/topics/orders/partitions/${n}/state`;
  return Promise.all([0, 1, 2].map(async (n) => JSON.parse((await read(stage.backend, path(n)))!.text)));
}

/** Nobody leads a partition who has left the line. */
async function everyLeaderLives(): Promise<void> {
  await stage.until(async () => {
    const { participants } = await stage.backend.election('/kafka/election').status();
    const alive = new Set(participants.map(({ id }) => Number(id)));
    return (await states()).every(({ leader }) => alive.has(leader));
  }, 15_000);
}
