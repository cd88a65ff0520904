import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../lib/zookeeper/session.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode, startProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, failure, freshPath, join, quick, WITHIN_MS } from './support.js';

async function made(session: Session): Promise<string> {
  const path = freshPath();
  await ask(session.create(path, data('')));
  return path;
}

describe('an acknowledged write', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('rule 2: proves at the instant it was sent, not at the one it was answered', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick, silenceMs: 3000 });
    const session = await client.session();
    const path = await made(session);
    proxy.delay(150);
    using proofs = seen(session.prove(path, 20));
    const { now } = await proofs.next();
    expect(performance.now() - now).toBeGreaterThan(299);
  });

  it('rule 2: one transaction proves every znode of the session, as often as the most eager one asks', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    const [one, two] = [await made(session), await made(session)];
    let multis = 0;
    proxy.onRequest((frame, pass) => {
      if (frame.opcode === opcode.multi) multis++;
      pass();
    });
    using lazy = seen(session.prove(one, 60_000));
    using eager = seen(session.prove(two, 20));
    await until(() => lazy.values.length >= 5 && eager.values.length >= 5);
    expect(Math.max(lazy.values.length, eager.values.length)).toBeLessThanOrEqual(multis);
    expect(multis).toBeLessThanOrEqual(Math.min(lazy.values.length, eager.values.length) + 1);
    expect(lazy.values.map(({ now }) => now)).toEqual(lazy.values.map(({ now }) => now).toSorted((a, b) => a - b));
  });

  it('rule 2: nothing is sent for a session that leads nothing', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    const path = await made(session);
    using proofs = seen(session.prove(path, 10));
    await proofs.next();
    proofs[Symbol.dispose]();
    const opcodes = new Set<number>();
    let requests = 0;
    proxy.onRequest((frame, pass) => {
      requests++;
      opcodes.add(frame.opcode);
      pass();
    });
    await until(() => requests >= 4, { within: WITHIN_MS });
    expect(opcodes).not.toContain(opcode.multi);
  });

  it('rule 2: of a missing znode errors for that one, and goes on at once for the others', async () => {
    await using client = join({ servers: server.connect, ...quick });
    const session = await client.session();
    const [kept, ...lost] = [await made(session), await made(session), await made(session), await made(session)];
    const everyMs = 1500;
    using others = seen(session.prove(kept, everyMs));
    const losers = lost.map((path) => seen(session.prove(path, everyMs)));
    await others.next();
    for (const path of lost) await ask(session.remove(path));
    const before = others.values.length;
    await until(() => losers.every(({ error }) => error), { within: WITHIN_MS });
    await until(() => others.values.length > before, { within: everyMs - 100 });
    for (const { error } of losers) expect(error).toMatchObject({ storeCode: 'NO_NODE' });
    expect(others.completed).toBe(false);
  });

  it('rule 2: the same znode may be asked about twice; who leaves takes nothing from the other', async () => {
    await using client = join({ servers: server.connect, ...quick });
    const session = await client.session();
    const path = await made(session);
    using staying = seen(session.prove(path, 20));
    using leaving = seen(session.prove(path, 20));
    await leaving.next();
    leaving[Symbol.dispose]();
    const before = staying.values.length;
    await until(() => staying.values.length > before + 2);
  });

  it('rule 2: goes on after a reconnect, with nothing proven in between', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    const path = await made(session);
    using proofs = seen(session.prove(path, 20));
    await proofs.next();
    await proxy.down();
    await client.connection.next((state) => state === 'suspended');
    const proven = proofs.values.length;
    const down = performance.now();
    expect(await failure(session.get(path))).toMatchObject({ code: 'CONNECTION_LOST' });
    await proxy.up();
    await until(() => proofs.values.length > proven, { within: WITHIN_MS });
    expect(proofs.values[proven]!.now).toBeGreaterThan(down);
    expect(client.sessions.last).toBe(session);
  });
});
