import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import { ClosedError, DeadlineError } from '../../lib/errors.js';
import {
  createLock,
  createReadWriteLock,
  createSemaphore,
  type Lock,
  LockLostError,
  ReentrantLockError,
} from '../../lib/lock/index.js';
import type { World } from '../conformance/world.js';
import { seen, until } from '../support/until.js';

/** What a lock promises, on any backend that excludes. `isFair`: the line has an order while nobody leads, too. */
export function describeLocks(name: string, makeWorld: () => Promise<World>, isFair = true): void {
  let world: World;
  let lockName: string;
  let backends: Backend[];
  const newBackend = async () => {
    const backend = await world.backend();
    backends.push(backend);
    return backend;
  };
  beforeEach(async () => {
    world = await makeWorld();
    lockName = `locks/${randomUUID()}`;
    backends = [];
  });
  afterEach(async () => {
    await Promise.all(backends.map((backend) => backend.close()));
    await world[Symbol.asyncDispose]();
  });

  /** Several processes' handles on one lock. */
  const locks = (count: number, make: (backend: Backend) => Lock = (backend) => createLock(backend, lockName)) =>
    Promise.all(Array.from({ length: count }, async () => make(await newBackend())));
  const line = async (part = '') => seen((await newBackend()).election(`${lockName}${part}`).participants$);
  const waitsAt = async (place: string, count: number) => {
    using standing = await line(place);
    await standing.next((all) => all.length === count, world.patienceMs);
  };

  describe(`a lock on ${name}`, () => {
    it('is held by one at a time, in the order of asking, under rising tokens', async () => {
      const [a, b, c] = (await locks(3)) as [Lock, Lock, Lock];
      const first = await a.acquire();
      const order: string[] = [];
      const tokens = [first.token];
      const ask = async (lock: Lock, as: string) =>
        lock.withLock(({ token }) => {
          order.push(as);
          tokens.push(token);
        });
      const second = ask(b, 'b');
      await waitsAt('', 2);
      const third = ask(c, 'c');
      await waitsAt('', 3);
      expect([first.isValid(), order]).toEqual([true, []]);
      await first.release();
      await Promise.all([second, third]);
      expect(order).toEqual(['b', 'c']);
      expect(tokens).toEqual([...tokens].sort((x, y) => (x < y ? -1 : 1)));
      expect(new Set(tokens).size).toBe(3);
    });

    it('is not waited for by tryAcquire', async () => {
      const [a, b] = (await locks(2)) as [Lock, Lock];
      const held = await a.tryAcquire();
      expect(held?.isValid()).toBe(true);
      expect(await b.tryAcquire()).toBe(undefined);
      await held?.release();
      await until(() => b.tryAcquire(), { within: world.patienceMs });
    });

    it('leaves nothing in line of an attempt that reached its deadline', async () => {
      const [a, b] = (await locks(2)) as [Lock, Lock];
      await using _held = await a.acquire();
      await expect(b.acquire({ timeoutMs: 50 })).rejects.toThrow(DeadlineError);
      await waitsAt('', 1);
    });

    it('leaves nothing in line of an attempt that was given up, and says why', async () => {
      const [a, b] = (await locks(2)) as [Lock, Lock];
      await using _held = await a.acquire();
      const givingUp = new AbortController();
      const attempt = b.acquire({ signal: givingUp.signal });
      await waitsAt('', 2);
      givingUp.abort(new Error('no longer needed'));
      await expect(attempt).rejects.toThrow('no longer needed');
      await waitsAt('', 1);
    });

    it('does not stand for an attempt that was given up beforehand', async () => {
      const [a, b] = (await locks(2)) as [Lock, Lock];
      await using _held = await a.acquire();
      using standing = await line();
      const signal = AbortSignal.abort(new Error('no longer needed'));
      for (const attempt of [b.acquire({ signal }), b.tryAcquire({ signal })])
        await expect(attempt).rejects.toThrow('no longer needed');
      expect(standing.values.filter((all) => all.length > 1)).toEqual([]);
    });

    it('is released when the work has ended, however it ends', async () => {
      const [a] = (await locks(1)) as [Lock];
      expect(await a.withLock(async ({ token }) => typeof token)).toBe('bigint');
      await expect(a.withLock(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
      const held = await a.acquire();
      expect(await Promise.all([held.release(), held.release()])).toEqual(['released', 'released']);
      expect([held.isValid(), held.signal.aborted]).toEqual([false, true]);
    });

    it('tells its holder when it is lost, and goes to the next', async () => {
      const [a, b] = (await locks(2)) as [Lock, Lock];
      const told: boolean[] = [];
      const lost = a.withLock(async ({ signal }) => {
        const operator = (await newBackend()).election(lockName);
        using standing = seen(operator.participants$);
        const [holder] = await standing.next((all) => all.length > 0, world.patienceMs);
        await operator.evict(holder!.id);
        await until(() => signal.aborted, { within: world.patienceMs });
        told.push(signal.aborted);
      });
      await expect(lost).rejects.toThrow(LockLostError);
      expect(told).toEqual([true]);
      await using next = await b.acquire({ timeoutMs: world.patienceMs });
      expect(next.isValid()).toBe(true);
    });

    it('rejects whoever waits when the backend closes, and is lost to whoever holds', async () => {
      const [a, b] = (await locks(2)) as [Lock, Lock];
      const held = await a.acquire();
      const waiting = b.acquire();
      await waitsAt('', 2);
      await Promise.all([expect(waiting).rejects.toThrow(ClosedError), backends[1]?.close()]);
      await backends[0]?.close();
      expect([held.isValid(), held.signal.aborted]).toEqual([false, true]);
    });
  });

  describe(`a lock on ${name}, asked for by work that holds it`, () => {
    it('is refused', async () => {
      const [lock] = (await locks(1)) as [Lock];
      for (const again of [() => lock.acquire(), () => lock.tryAcquire(), () => lock.withLock(() => undefined)])
        await expect(lock.withLock(again)).rejects.toThrow(ReentrantLockError);
      await using held = await lock.acquire();
      expect(held.isValid()).toBe(true);
    });

    it('is another one, if it is of another backend: that is waited for', async () => {
      const [a, b] = (await locks(2)) as [Lock, Lock];
      await a.withLock(async () => expect(await b.tryAcquire()).toBe(undefined));
    });

    it('is the one it has, where that is asked for, and released by the outermost', async () => {
      const [lock] = (await locks(1, (backend) => createLock(backend, lockName, { reentrant: true }))) as [Lock];
      await lock.withLock(async (outer) => {
        await lock.withLock(({ token }) => expect(token).toBe(outer.token));
        const inner = await lock.acquire();
        await inner.release();
        expect(outer.isValid()).toBe(true);
      });
    });
  });

  describe(`a semaphore on ${name}`, () => {
    it('is held by as many as it has permits, and by the next when one is released', async () => {
      const [a, b, c] = (await locks(3, (backend) => createSemaphore(backend, lockName, { permits: 2 }))) as Lock[];
      const [first, second] = [await a!.acquire(), await b!.acquire()];
      expect(second.token).toBeGreaterThan(first.token);
      expect(await c!.tryAcquire()).toBe(undefined);
      const third = c!.acquire({ timeoutMs: world.patienceMs });
      await waitsAt('/gate', 1);
      await second.release();
      const held = await third;
      expect([first.isValid(), held.isValid()]).toEqual([true, true]);
      await waitsAt('/gate', 0);
      await Promise.all([first.release(), held.release()]);
      for (const slot of ['/slot-1', '/slot-2']) await waitsAt(slot, 0);
    });
  });

  it(`gives one who waits a single permit on ${name}, though several are released at once`, async () => {
    const all = await locks(3, (backend) => createSemaphore(backend, lockName, { permits: 3 }));
    const held = await Promise.all(all.map((lock) => lock.acquire()));
    const waiting = all[0]!.acquire({ timeoutMs: world.patienceMs });
    for (const slot of ['/slot-1', '/slot-2', '/slot-3']) await waitsAt(slot, 2);
    await Promise.all(held.map((one) => one.release()));
    const others = [await waiting];
    for (const lock of all.slice(1)) others.push(await lock.acquire({ timeoutMs: world.patienceMs }));
    expect(others.map((one) => one.isValid())).toEqual([true, true, true]);
    await Promise.all(others.map((one) => one.release()));
  });

  describe(`a read/write lock on ${name}`, () => {
    const both = () => locks(3, (backend) => createReadWriteLock(backend, lockName, { readers: 2 }).read);

    it(`is read by many and written by one${isFair ? ', and nobody overtakes' : ''}`, async () => {
      const [a, b] = (await both()) as [Lock, Lock];
      const writer = createReadWriteLock(await newBackend(), lockName, { readers: 2 }).write;
      const reader = await a.acquire();
      expect(await writer.tryAcquire()).toBe(undefined);
      await expect(writer.acquire({ timeoutMs: 50 })).rejects.toThrow(DeadlineError);
      const other = await b.acquire({ timeoutMs: world.patienceMs });
      await other.release();
      const writing = writer.acquire({ timeoutMs: world.patienceMs });
      await waitsAt('/gate', 1);
      const askLate = () => b.acquire({ timeoutMs: world.patienceMs });
      const late = isFair ? askLate() : undefined;
      if (late) await waitsAt('/gate', 2);
      await reader.release();
      const held = await writing;
      expect(held.isValid()).toBe(true);
      await held.release();
      const lateReader = await (late ?? askLate());
      expect(lateReader.token).toBeGreaterThan(held.token);
      await lateReader.release();
    });

    it('is waited for again by one who lost its turn at the gate', async () => {
      const [a] = (await both()) as [Lock];
      const writer = createReadWriteLock(await newBackend(), lockName, { readers: 2 }).write;
      const reader = await a.acquire();
      const writing = writer.acquire({ timeoutMs: 2 * world.patienceMs });
      const operator = (await newBackend()).election(`${lockName}/gate`);
      using gate = seen(operator.participants$);
      const [first] = await gate.next((all) => all[0]?.role === 'leader', world.patienceMs);
      await operator.evict(first!.id);
      await gate.next((all) => all[0]?.role === 'leader' && all[0].name !== first!.name, world.patienceMs);
      await reader.release();
      const held = await writing;
      expect(held.isValid()).toBe(true);
      await held.release();
    });

    it('lets no reader become a writer', async () => {
      const lock = createReadWriteLock(await newBackend(), lockName, { readers: 2, reentrant: true });
      await expect(lock.read.withLock(() => lock.write.acquire())).rejects.toThrow(ReentrantLockError);
      await lock.write.withLock(() => lock.read.withLock(({ isValid }) => expect(isValid()).toBe(true)));
    });
  });
}
