import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { copyOf, dump, EmbeddedZooKeeper, type Input, step } from '../../lib/zookeeper-server/index.js';
import { BareClient, text } from '../support/bare-client.js';
import { until } from '../support/until.js';
import { connect, createBody, machine, replay, request } from './machine.js';
import { opcodes } from './vocabulary.js';

const watching = Buffer.from([1]);

describe('the machine', () => {
  it('says the same again, to the byte, when an election is replayed', async () => {
    const log: Input[] = [];
    await using zk = await EmbeddedZooKeeper.start({ record: (input) => log.push(input) });
    await using backend = zookeeper({ servers: zk.connectString, sessionTimeoutMs: 1_000 });
    const candidacy = backend.election('jobs').campaign({ id: 'a' });
    await until(() => candidacy.isLeader());
    await candidacy.resign();
    const [first, second] = [replay(log, zk.rules), replay(log, zk.rules)];
    expect(first.outputs.length).toBeGreaterThan(5);
    expect(second).toEqual(first);
  });

  it('is in the end as the server was, when all that happened to that is replayed, a loss of its data too', async () => {
    const log: Input[] = [];
    await using zk = await EmbeddedZooKeeper.start({ virtualTime: true, record: (input) => log.push(input) });
    using before = await BareClient.connect(zk.connectString);
    await before.create('/before', '');
    await zk.restart({ data: 'lost' });
    using after = await BareClient.connect(zk.connectString);
    await after.create('/after', '');
    const { state } = replay(log, zk.rules);
    expect([dump(state), state.zxid, [...state.sessions.keys()]]).toEqual([zk.dump(), 2n, [after.sessionId]]);
  });

  it('says the same again whatever happens to it', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (log) => {
        expect(replay(log)).toEqual(replay(log));
      }),
      { numRuns: 200 },
    );
  });

  it('forgets nothing in a copy, and shares nothing with it', () => {
    const state = machine();
    step(state, connect(1));
    step(state, request(1, opcodes.create, createBody('/x')));
    const copy = copyOf(state);
    expect(copy).toEqual(state);
    step(copy, request(1, opcodes.create, createBody('/x/y')));
    expect([state.nodes.has('/x/y'), copy.nodes.get('')]).toEqual([false, copy.nodes.get('/')]);
  });

  it('never takes a step back in time', () => {
    const state = machine();
    step(state, { kind: 'tick', at: 500 });
    step(state, { kind: 'tick', at: 400 });
    expect(state.now).toBe(500);
  });
});

describe('a session', () => {
  it('outlives its connection, whose watches end with it', () => {
    const state = machine();
    step(state, connect(1));
    step(state, request(1, opcodes.getChildren2, Buffer.concat([text('/'), watching])));
    step(state, request(1, opcodes.exists, Buffer.concat([text('/x'), watching])));
    step(state, { kind: 'disconnect', at: 0, connection: 1 });
    expect([...state.sessions.values()]).toMatchObject([{ connection: undefined }]);
    expect([state.dataWatches, state.childWatches].map(({ byPath }) => byPath.size)).toEqual([0, 0]);
    expect([state.dataWatches, state.childWatches].map(({ byConnection }) => byConnection.size)).toEqual([0, 0]);
  });

  /** [asked for, touched at, ends at]: the first tick later than the timeout from the last touch. */
  const endings = [
    [1_000, 0, 1_100],
    [1_000, 1, 1_100],
    [1_000, 99, 1_100],
    [1_000, 100, 1_200],
    [250, 0, 300],
    [250, 49, 300],
    [250, 50, 400],
    [200, 0, 300],
    [1, 0, 300],
  ] as const;
  for (const [timeoutMs, touched, ends] of endings)
    it(`of ${timeoutMs} ms that was touched at ${touched} ends at ${ends}`, () => {
      const state = machine();
      step(state, connect(1, 0, timeoutMs));
      step(state, request(1, opcodes.ping, undefined, touched));
      step(state, { kind: 'tick', at: ends - 1 });
      expect(state.sessions.size).toBe(1);
      step(state, { kind: 'tick', at: ends });
      expect(state.sessions.size).toBe(0);
    });

  it('is touched by every request, refused ones too', () => {
    const state = machine();
    step(state, connect(1, 0));
    step(state, request(1, opcodes.getData, Buffer.from('rubbish'), 900));
    step(state, { kind: 'tick', at: 1_900 });
    expect(state.sessions.size).toBe(1);
  });

  it('that ends tells watchers before it closes its own connection', () => {
    const state = machine();
    step(state, connect(1, 0, 500));
    step(state, connect(2, 0, 5_000));
    step(state, request(1, opcodes.create, createBody('/x', 1)));
    step(state, request(2, opcodes.exists, Buffer.concat([text('/x'), watching])));
    const said = step(state, { kind: 'tick', at: 600 });
    expect(said.map(({ kind, connection }) => [kind, connection])).toEqual([
      ['notify', 2],
      ['close', 1],
    ]);
  });
});

/** Two clients, a few paths, time that passes. */
const path = fc.constantFrom('/', '/a', '/a/b', '/c-');
const connection = fc.integer({ min: 1, max: 3 });
const at = fc.integer({ min: 0, max: 3_000 });
const happening: fc.Arbitrary<Input> = fc.oneof(
  fc.tuple(connection, at).map(([id, when]) => connect(id, when)),
  fc
    .tuple(connection, path, fc.integer({ min: 0, max: 6 }), at)
    .map(([id, where, flags, when]) => request(id, opcodes.create, createBody(where, flags), when)),
  fc
    .tuple(connection, path, at)
    .map(([id, where, when]) => request(id, opcodes.delete, Buffer.concat([text(where), Buffer.alloc(4, 255)]), when)),
  fc
    .tuple(connection, path, at)
    .map(([id, where, when]) => request(id, opcodes.getChildren2, Buffer.concat([text(where), watching]), when)),
  connection.map((id): Input => ({ kind: 'disconnect', at: 0, connection: id })),
  at.map((when): Input => ({ kind: 'tick', at: when })),
);
