import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { createLock } from '../../lib/lock/index.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { ephemeralsOf, watchersOf } from '../support/four-letter.js';
import { expectNoStrayWatch } from '../support/tidy.js';
import { until } from '../support/until.js';

const ATTEMPTS = 1_000;
const AT_ONCE = 50;
const PROCESSES = 4;
/** An attempt takes a few ms to its place in line: up to this it is given up on the way, and when it has arrived. */
const UP_TO_MS = 30;

it(`${ATTEMPTS} attempts that are given up anywhere on their way leave no znode and no watch`, async () => {
  const name = `locks/${randomUUID()}`;
  const server = inject('zookeeper');
  const backends = Array.from({ length: PROCESSES + 1 }, () => zookeeper({ servers: server, sessionTimeoutMs: 6_000 }));
  const [holder, ...locks] = backends.map((backend) => createLock(backend, name));
  const held = await holder!.acquire();
  const outcomes = new Map<string, number>();
  const attempt = async (n: number) => {
    const outcome = await locks[n % PROCESSES]!.acquire(n % 2 ? { timeoutMs: Math.random() * UP_TO_MS } : impatient())
      .then(() => 'held')
      .catch((error: Error) => error.name);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  };
  for (let n = 0; n < ATTEMPTS; n += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => attempt(n + i)));
  expect(Object.fromEntries(outcomes)).toEqual({ DeadlineError: ATTEMPTS / 2, TimeoutError: ATTEMPTS / 2 });
  const ours = async () => (await ephemeralsOf(server)).filter((path) => path.startsWith(`/${name}/`));
  expect(await ours()).toHaveLength(1);
  await expectNoStrayWatch(server);
  expect([held.isValid(), await held.release()]).toEqual([true, 'released']);
  expect(await ours()).toEqual([]);
  const watched = async () => [...(await watchersOf(server)).keys()].filter((path) => path.startsWith(`/${name}`));
  await until(async () => (await watched()).length === 0, { describe: 'no watch, with every session still open' });
  await Promise.all(backends.map((backend) => backend.close()));
});

const impatient = () => ({ signal: AbortSignal.timeout(Math.floor(Math.random() * UP_TO_MS)) });
