import { randomUUID } from 'node:crypto';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import type { Leadership } from '../../lib/election/leadership.js';
import { createLock, createReadWriteLock, createSemaphore, ReentrantLockError } from '../../lib/lock/index.js';
import { memory } from '../../lib/memory/index.js';
import { seen, until } from '../support/until.js';

const fresh = () => memory({ space: randomUUID() });

describe('whoever waits for slots', () => {
  it('begins again if it lost one that it had while it waited for another', async () => {
    const backend = fresh();
    const lock = (id: string) => createReadWriteLock(backend, 'x', { readers: 2, id });
    const reader = await lock('reader').read.acquire();
    const writing = lock('writer').write.acquire();
    const slots = ['x/slot-1', 'x/slot-2'].map((slot) => backend.election(slot));
    const leaders = await Promise.all(slots.map((slot) => seen(slot.leader$).next((leader) => leader !== undefined)));
    const at = leaders.findIndex((leader) => leader?.id.startsWith('writer'));
    await slots[at]?.evict(leaders[at]?.id ?? '');
    await reader.release();
    const held = await writing;
    expect([held.isValid(), held.signal.aborted]).toEqual([true, false]);
    expect(await lock('late').read.tryAcquire()).toBe(undefined);
  });

  it('begins again if its turn at the gate is over when it gets one, though nobody has said so yet', async () => {
    const store = fresh();
    const gate = { turns: [] as bigint[], isValid: (_: bigint) => true };
    const lock = createSemaphore(watched(store, gate), 'x', { permits: 1 });
    const first = await lock.acquire();
    const waiting = lock.acquire();
    await until(() => gate.turns.length === 2);
    gate.isValid = (turn) => turn !== gate.turns[1];
    await first.release();
    const held = await waiting;
    expect([gate.turns.length, held.token]).toEqual([3, gate.turns[2]]);
    await held.release();
  });
});

describe('a lock by another spelling of its name', () => {
  it.each(['/x', 'x/', '/x/'])('is the same lock: %s', async (name) => {
    const store = fresh();
    await createReadWriteLock(store, 'x').write.acquire();
    expect(await createReadWriteLock(store, name).write.tryAcquire()).toBe(undefined);
  });

  it.each(['/x', 'x/', '/x/'])('is refused to work that holds it: %s', async (name) => {
    const store = fresh();
    const again = () => createLock(store, name).acquire({ timeoutMs: 1 });
    await expect(createLock(store, 'x').withLock(again)).rejects.toThrow(ReentrantLockError);
  });
});

interface Gate {
  /** The tokens of those who came through. */
  readonly turns: bigint[];
  /** What the lease of a turn says when it is asked: as after a pause, before any timer has run. */
  isValid(turn: bigint): boolean;
}

/** The same backend, with leases at its gates. */
function watched(backend: Backend, gate: Gate): Backend {
  const leased = (value: Leadership): Leadership => {
    if (value.role !== 'leader') return value;
    gate.turns.push(value.token);
    return { ...value, isValid: () => value.isValid() && gate.isValid(value.token) };
  };
  const election = <T>(name: string) => {
    const real = backend.election<T>(name);
    const campaign: typeof real.campaign = (who) => {
      const candidacy = real.campaign(who);
      return Object.create(candidacy, { leadership$: { value: candidacy.leadership$.pipe(map(leased)) } });
    };
    return name.endsWith('/gate') ? { ...real, campaign } : real;
  };
  return { ...backend, election };
}
