import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import { InvalidOptionError, UnsupportedError } from '../../lib/errors.js';
import { createLock, createReadWriteLock, createSemaphore } from '../../lib/lock/index.js';
import { memory } from '../../lib/memory/index.js';
import { virtualClock } from '../election/support.js';
import { seen } from '../support/until.js';
import { describeLocks } from './suite.js';

const world = (space: string) => ({
  patienceMs: 1_000,
  backend: async () => memory({ space }),
  async [Symbol.asyncDispose]() {},
});

describeLocks('memory', async () => world(randomUUID()));

it('is not stood for again once it is lost', async () => {
  const clock = virtualClock();
  const backend = memory({ space: randomUUID(), clock });
  const held = await createLock(backend, 'x', { clock }).acquire();
  using line = seen(backend.election('x').participants$);
  await backend.election('x').evict(line.last?.[0]?.id ?? '');
  expect([held.isValid(), held.signal.aborted]).toEqual([false, true]);
  clock.advance(60_000);
  expect(line.last).toEqual([]);
});

it('gives tokens that rise with everybody who passes the gate, where each election counts its own', async () => {
  const apart = {
    ...memory(),
    election: (<T>(name: string) => memory({ space: `apart ${name}` }).election<T>(name)) as Backend['election'],
  };
  const lock = createSemaphore(apart, randomUUID(), { permits: 3 });
  const held = [await lock.acquire(), await lock.acquire(), await lock.acquire()];
  const tokens = held.map(({ token }) => token);
  expect(new Set(tokens).size).toBe(3);
  expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
  await Promise.all(held.map((one) => one.release()));
});

it('is refused on a backend that does not exclude', () => {
  expect(() => createLock({ ...memory(), guarantee: 'best-effort' }, 'x')).toThrow(UnsupportedError);
});

it.each([
  ['no name', () => createLock(memory(), '')],
  ['no permits', () => createSemaphore(memory(), 'x', { permits: 0 })],
  ['half a permit', () => createSemaphore(memory(), 'x', { permits: 1.5 })],
  ['too many readers', () => createReadWriteLock(memory(), 'x', { readers: 65 })],
  ['a deadline before now', () => createLock(memory(), 'x', { timeoutMs: -1 })],
])('is refused with %s', (_, make) => {
  expect(make).toThrow(InvalidOptionError);
});
