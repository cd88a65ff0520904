import { createClient } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import { scripts } from '../../lib/redis/scripts.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { until } from '../support/until.js';
import { closeAll, follows, kept, known, leads, on, stand, watchFor } from './support.js';

afterEach(closeAll);

/** A client whose first goodbye stays on the way, as with a connection that breaks: it arrives when `deliver` is called. */
async function slowGoodbye(server: RedisServer) {
  const client = createClient({ url: `redis://${server.connect}`, disableOfflineQueue: true });
  await client.on('error', () => undefined).connect();
  const send = client.sendCommand.bind(client);
  let onTheWay: readonly string[] | undefined;
  client.sendCommand = (words) => {
    if (onTheWay || !words.includes(scripts.release.sha)) return send(words);
    onTheWay = words as readonly string[];
    return Promise.reject(new Error('Socket closed unexpectedly'));
  };
  const dispose = async () => client.destroy();
  return { client, deliver: () => send([...(onTheWay ?? [])]), [Symbol.asyncDispose]: dispose };
}

describe('a goodbye that comes late', () => {
  it('lets go the lease that it was said of, and not the next one of the same candidate', async () => {
    const server = kept(await startRedis());
    await known(server);
    const slow = kept(await slowGoodbye(server));
    const leaseMs = 6_000;
    const a = stand(on(server, { client: slow.client, leaseMs }), 'a');
    await leads(a);
    const b = stand(on(server, { leaseMs }), 'b');
    await follows(b);
    const operator = on(server, { leaseMs }).election('jobs');
    expect((await operator.stepDown()).after).toMatchObject({ id: 'b' });
    await operator.stepDown({ to: 'a' });
    const token = await leads(a);
    using two = watchFor(a, b);
    const granted = Number(await onLease(server, 'until'));
    await slow.deliver();
    await until(async () => Number(await onLease(server, 'until')) > granted);
    expect(await onLease(server, 'token')).toBe(String(token));
    expect([a.me.leadership, two.overlaps()]).toMatchObject([{ role: 'leader', token }, 0]);
  });
});

/** What the lease says; nothing while it is let go. */
const onLease = async (server: RedisServer, field: 'until' | 'token') =>
  (await server.say('HGET', 'succession:{jobs}:lease', field)).split('\r\n')[1] ?? '';
