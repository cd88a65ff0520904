import { randomUUID } from 'node:crypto';
import { firstValueFrom, Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { createLock, type Held, LockLostError } from '../../lib/lock/index.js';
import { memory } from '../../lib/memory/index.js';

it.each([{ reentrant: false }, { reentrant: true }])(
  'asks for the lock as anybody does, once the work that held it has ended ($reentrant)',
  async (options) => {
    const space = randomUUID();
    const lock = createLock(memory({ space }), 'x', options);
    const later$ = new Subject<void>();
    const asked: Promise<Held>[] = [];
    await lock.withLock(() => {
      asked.push(firstValueFrom(later$).then(() => lock.acquire()));
    });
    later$.next();
    const [held] = await Promise.all(asked);
    expect(held?.isValid()).toBe(true);
    expect(await createLock(memory({ space }), 'x').tryAcquire()).toBe(undefined);
  },
);

it('asks for the lock as anybody does, once the work that still runs has lost it', async () => {
  const backend = memory({ space: randomUUID() });
  const lock = createLock(backend, 'x', { reentrant: true, id: 'me' });
  const lost = lock.withLock(async (outer) => {
    const [holder] = await firstValueFrom(backend.election('x').participants$);
    await backend.election('x').evict(holder?.id ?? '');
    await lock.withLock((inner) => {
      expect([outer.isValid(), inner.isValid()]).toEqual([false, true]);
      return lock.withLock(({ token }) => expect(token).toBe(inner.token));
    });
  });
  await expect(lost).rejects.toThrow(LockLostError);
});
