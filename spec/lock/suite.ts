import { describe, expect } from 'vitest';
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
import { acts, type Processes } from './processes.js';

/** What a lock promises, on any backend that excludes. `isFair`: the line has an order while nobody leads, too. */
export function describeLocks(name: string, makeWorld: () => Promise<World>, isFair = true): void {
  const act = acts(makeWorld);

  describe(`a lock on ${name}`, () => {
    act('is held by one at a time, in the order of asking, under rising tokens', async (at) => {
      const [a, b, c] = (await at.locks(3)) as [Lock, Lock, Lock];
      const first = await a.acquire();
      const order: string[] = [];
      const tokens = [first.token];
      const ask = async (lock: Lock, as: string) =>
        lock.withLock(({ token }) => {
          order.push(as);
          tokens.push(token);
        });
      const second = ask(b, 'b');
      await at.waitsAt('', 2);
      const third = ask(c, 'c');
      await at.waitsAt('', 3);
      expect([first.isValid(), order]).toEqual([true, []]);
      await first.release();
      await Promise.all([second, third]);
      expect(order).toEqual(['b', 'c']);
      expect(tokens).toEqual([...tokens].sort((x, y) => (x < y ? -1 : 1)));
      expect(new Set(tokens).size).toBe(3);
    });

    act('is not waited for by tryAcquire', async (at) => {
      const [a, b] = (await at.locks(2)) as [Lock, Lock];
      const held = await a.tryAcquire();
      expect(held?.isValid()).toBe(true);
      expect(await b.tryAcquire()).toBe(undefined);
      await held?.release();
      await until(() => b.tryAcquire(), { within: at.patienceMs });
    });

    act('leaves nothing in line of an attempt that reached its deadline', async (at) => {
      const [a, b] = (await at.locks(2)) as [Lock, Lock];
      await using _held = await a.acquire();
      await expect(b.acquire({ timeoutMs: 50 })).rejects.toThrow(DeadlineError);
      await at.waitsAt('', 1);
    });

    act('leaves nothing in line of an attempt that was given up, and says why', async (at) => {
      const [a, b] = (await at.locks(2)) as [Lock, Lock];
      await using _held = await a.acquire();
      const givingUp = new AbortController();
      const attempt = b.acquire({ signal: givingUp.signal });
      await at.waitsAt('', 2);
      givingUp.abort(new Error('no longer needed'));
      await expect(attempt).rejects.toThrow('no longer needed');
      await at.waitsAt('', 1);
    });

    act('does not stand for an attempt that was given up beforehand', async (at) => {
      const [a, b] = (await at.locks(2)) as [Lock, Lock];
      await using _held = await a.acquire();
      using standing = await at.line();
      const signal = AbortSignal.abort(new Error('no longer needed'));
      for (const attempt of [b.acquire({ signal }), b.tryAcquire({ signal })])
        await expect(attempt).rejects.toThrow('no longer needed');
      expect(standing.values.filter((all) => all.length > 1)).toEqual([]);
    });

    act('is released when the work has ended, however it ends', async (at) => {
      const [a] = (await at.locks(1)) as [Lock];
      expect(await a.withLock(async ({ token }) => typeof token)).toBe('bigint');
      await expect(a.withLock(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
      const held = await a.acquire();
      expect(await Promise.all([held.release(), held.release()])).toEqual(['released', 'released']);
      expect([held.isValid(), held.signal.aborted]).toEqual([false, true]);
    });

    act('tells its holder when it is lost, and goes to the next', async (at) => {
      const [a, b] = (await at.locks(2)) as [Lock, Lock];
      const told: boolean[] = [];
      const lost = a.withLock(async ({ signal }) => {
        const operator = (await at.backend()).election(at.lockName);
        using standing = seen(operator.participants$);
        const [holder] = await standing.next((all) => all.length > 0, at.patienceMs);
        await operator.evict(holder!.id);
        await until(() => signal.aborted, { within: at.patienceMs });
        told.push(signal.aborted);
      });
      await expect(lost).rejects.toThrow(LockLostError);
      expect(told).toEqual([true]);
      await using next = await b.acquire({ timeoutMs: at.patienceMs });
      expect(next.isValid()).toBe(true);
    });

    act('rejects whoever waits when the backend closes, and is lost to whoever holds', async (at) => {
      const [a, b] = (await at.locks(2)) as [Lock, Lock];
      const held = await a.acquire();
      const waiting = b.acquire();
      await at.waitsAt('', 2);
      await Promise.all([expect(waiting).rejects.toThrow(ClosedError), at.backends[1]?.close()]);
      await at.backends[0]?.close();
      expect([held.isValid(), held.signal.aborted]).toEqual([false, true]);
    });
  });

  describe(`a lock on ${name}, asked for by work that holds it`, () => {
    act('is refused', async (at) => {
      const [lock] = (await at.locks(1)) as [Lock];
      for (const again of [() => lock.acquire(), () => lock.tryAcquire(), () => lock.withLock(() => undefined)])
        await expect(lock.withLock(again)).rejects.toThrow(ReentrantLockError);
      await using held = await lock.acquire();
      expect(held.isValid()).toBe(true);
    });

    act('is another one, if it is of another backend: that is waited for', async (at) => {
      const [a, b] = (await at.locks(2)) as [Lock, Lock];
      await a.withLock(async () => expect(await b.tryAcquire()).toBe(undefined));
    });

    act('is the one it has, where that is asked for, and released by the outermost', async (at) => {
      const [lock] = (await at.locks(1, (backend) =>
        createLock(backend, at.lockName, { reentrant: true, clock: at.clock }),
      )) as [Lock];
      await lock.withLock(async (outer) => {
        await lock.withLock(({ token }) => expect(token).toBe(outer.token));
        const inner = await lock.acquire();
        await inner.release();
        expect(outer.isValid()).toBe(true);
      });
    });
  });

  describe(`a semaphore on ${name}`, () => {
    act('is held by as many as it has permits, and by the next when one is released', async (at) => {
      const [a, b, c] = (await at.locks(3, (backend) =>
        createSemaphore(backend, at.lockName, { permits: 2, clock: at.clock }),
      )) as Lock[];
      const [first, second] = [await a!.acquire(), await b!.acquire()];
      expect(second.token).toBeGreaterThan(first.token);
      expect(await c!.tryAcquire()).toBe(undefined);
      const third = c!.acquire({ timeoutMs: at.patienceMs });
      await at.waitsAt('/gate', 1);
      await second.release();
      const held = await third;
      expect([first.isValid(), held.isValid()]).toEqual([true, true]);
      await at.waitsAt('/gate', 0);
      await Promise.all([first.release(), held.release()]);
      for (const slot of ['/slot-1', '/slot-2']) await at.waitsAt(slot, 0);
    });

    act('gives one who waits a single permit, though several are released at once', async (at) => {
      const all = await at.locks(3, (backend) =>
        createSemaphore(backend, at.lockName, { permits: 3, clock: at.clock }),
      );
      const held = await Promise.all(all.map((lock) => lock.acquire()));
      const waiting = all[0]!.acquire({ timeoutMs: at.patienceMs });
      for (const slot of ['/slot-1', '/slot-2', '/slot-3']) await at.waitsAt(slot, 2);
      await Promise.all(held.map((one) => one.release()));
      const others = [await waiting];
      for (const lock of all.slice(1)) others.push(await lock.acquire({ timeoutMs: at.patienceMs }));
      expect(others.map((one) => one.isValid())).toEqual([true, true, true]);
      await Promise.all(others.map((one) => one.release()));
    });
  });

  describe(`a read/write lock on ${name}`, () => {
    const both = (at: Processes) =>
      at.locks(3, (backend) => createReadWriteLock(backend, at.lockName, { readers: 2, clock: at.clock }).read);

    act(`is read by many and written by one${isFair ? ', and nobody overtakes' : ''}`, async (at) => {
      const [a, b] = (await both(at)) as [Lock, Lock];
      const writer = createReadWriteLock(await at.backend(), at.lockName, { readers: 2, clock: at.clock }).write;
      const reader = await a.acquire();
      expect(await writer.tryAcquire()).toBe(undefined);
      await expect(writer.acquire({ timeoutMs: 50 })).rejects.toThrow(DeadlineError);
      const other = await b.acquire({ timeoutMs: at.patienceMs });
      await other.release();
      const writing = writer.acquire({ timeoutMs: at.patienceMs });
      await at.waitsAt('/gate', 1);
      const askLate = () => b.acquire({ timeoutMs: at.patienceMs });
      const late = isFair ? askLate() : undefined;
      if (late) await at.waitsAt('/gate', 2);
      await reader.release();
      const held = await writing;
      expect(held.isValid()).toBe(true);
      await held.release();
      const lateReader = await (late ?? askLate());
      expect(lateReader.token).toBeGreaterThan(held.token);
      await lateReader.release();
    });

    act('is waited for again by one who lost its turn at the gate', async (at) => {
      const [a] = (await both(at)) as [Lock];
      const writer = createReadWriteLock(await at.backend(), at.lockName, { readers: 2, clock: at.clock }).write;
      const reader = await a.acquire();
      const writing = writer.acquire({ timeoutMs: 2 * at.patienceMs });
      const operator = (await at.backend()).election(`${at.lockName}/gate`);
      using gate = seen(operator.participants$);
      const [first] = await gate.next((all) => all[0]?.role === 'leader', at.patienceMs);
      await operator.evict(first!.id);
      await gate.next((all) => all[0]?.role === 'leader' && all[0].name !== first!.name, at.patienceMs);
      await reader.release();
      const held = await writing;
      expect(held.isValid()).toBe(true);
      await held.release();
    });

    act('lets no reader become a writer', async (at) => {
      const lock = createReadWriteLock(await at.backend(), at.lockName, {
        readers: 2,
        reentrant: true,
        clock: at.clock,
      });
      await expect(lock.read.withLock(() => lock.write.acquire())).rejects.toThrow(ReentrantLockError);
      await lock.write.withLock(() => lock.read.withLock(({ isValid }) => expect(isValid()).toBe(true)));
    });
  });
}
