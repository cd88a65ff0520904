import { filter, firstValueFrom } from 'rxjs';
import { expect, inject, it } from 'vitest';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { heapAfterGc } from '../support/heap.js';
import { freshPath } from './guard/support.js';

const KB = 1024;
const open = () => zookeeper({ servers: inject('zookeeper'), sessionTimeoutMs: 30_000 });

async function closeAll(backends: readonly ZooKeeperBackend[]): Promise<void> {
  await Promise.all(backends.map((one) => one.close()));
}

/** Of each further one. The first few pay for what all share. */
async function growth(count: number, come: (count: number) => Promise<unknown>): Promise<number> {
  await come(count / 5);
  const before = heapAfterGc();
  await come(count);
  return (heapAfterGc() - before) / count / KB;
}

it('a further candidacy on one session keeps less than 3 KB while it follows', async () => {
  await using backend = open();
  const join = (count: number) => {
    const election = backend.election(freshPath('heap'));
    const line = Array.from({ length: count }, (_, i) => election.campaign({ id: `c-${i}` }).leadership$);
    return Promise.all(line.map((one$) => firstValueFrom(one$.pipe(filter(({ role }) => role !== 'candidate')))));
  };
  expect(await growth(3000, join)).toBeLessThan(3);
});

it('a further session keeps less than 50 KB', async () => {
  const backends: ZooKeeperBackend[] = [];
  await using _all = { [Symbol.asyncDispose]: () => closeAll(backends) };
  const connect = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const { connection$ } = backends[backends.push(open()) - 1]!;
      await firstValueFrom(connection$.pipe(filter((state) => state === 'connected')));
    }
  };
  expect(await growth(200, connect)).toBeLessThan(50);
});
