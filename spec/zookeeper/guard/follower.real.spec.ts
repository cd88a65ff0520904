import { filter, firstValueFrom, map, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ensemble, startEnsemble } from '../../support/any-zookeeper.js';
import { startProxy } from '../../support/proxy.js';
import { seen } from '../../support/until.js';
import { ask, data, freshPath, join, WITHIN_MS } from './support.js';

describe('behind a follower that is cut off', () => {
  let ensemble: Ensemble;
  beforeAll(async () => {
    ensemble = await startEnsemble({ syncLimit: 100 });
  });
  afterAll(() => ensemble[Symbol.asyncDispose]());

  it('fact 10: reads go on and prove nothing; the proof stops, and the connection moves on to a server that answers', async () => {
    const [follower] = await ensemble.followers();
    const leader = await ensemble.leader();
    await using near = await startProxy(follower!.connect);
    await using far = await startProxy(leader.connect);
    await far.down();
    const timings = { sessionTimeoutMs: 20_000, heartbeatMs: 3000, silenceMs: 2000, connectTimeoutMs: 2000 };
    await using client = join({ servers: `${near.connect},${far.connect}`, ...timings });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    ensemble.isolate(follower!);
    expect(await ask(session.get(path))).toMatchObject({ path });
    expect(client.connection.last).toBe('connected');
    using proofs = seen(session.prove(path, 10));
    const suspended = firstValueFrom(
      session.connection$.pipe(
        filter((state) => state === 'suspended'),
        map(() => [...proofs.values]),
        timeout(WITHIN_MS),
      ),
    );
    await far.up();
    expect(await suspended).toEqual([]);
    await proofs.next(() => true, WITHIN_MS);
    expect(far.open).toBe(1);
    expect(client.sessions.last).toBe(session);
  });
});
