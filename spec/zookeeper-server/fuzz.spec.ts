import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper, type Input, step } from '../../lib/zookeeper-server/index.js';
import { BareClient, int, long, text } from '../support/bare-client.js';
import { heapAfterGc } from '../support/heap.js';
import { until } from '../support/until.js';
import { connect, createBody, machine, request } from './machine.js';
import { opcodes } from './vocabulary.js';
import { Wire } from './wire.js';

/** `npm run fuzz` takes 100 000. */
const frames = Number(process.env.SUCCESSION_FUZZ ?? 2_000);
const seed = Number(process.env.SUCCESSION_SEED ?? 20_260_101);

/** A sound body of every operation, to be spoilt. */
const path = text('/a');
const sound: readonly (readonly [number, Buffer])[] = [
  [opcodes.create, createBody('/a/x-', 2)],
  [opcodes.create2, createBody('/a/y')],
  [opcodes.createTtl, Buffer.concat([createBody('/a/z', 5), long(1_000n)])],
  [opcodes.delete, Buffer.concat([path, int(-1)])],
  [opcodes.exists, Buffer.concat([path, Buffer.from([1])])],
  [opcodes.getData, Buffer.concat([path, Buffer.from([1])])],
  [opcodes.getChildren2, Buffer.concat([path, Buffer.from([1])])],
  [opcodes.setData, Buffer.concat([path, text('data'), int(-1)])],
  [opcodes.setAcl, Buffer.concat([path, int(1), int(31), text('digest'), text('a:b'), int(-1)])],
  [opcodes.setWatches2, Buffer.concat([long(0n), int(1), path, int(0), int(0), int(0), int(1), path])],
  [opcodes.addWatch, Buffer.concat([path, int(1)])],
  [opcodes.removeWatches, Buffer.concat([path, int(3)])],
  [
    opcodes.multi,
    Buffer.concat([int(2), Buffer.from([0]), int(-1), path, int(-1), int(-1), Buffer.from([1]), int(-1)]),
  ],
  [opcodes.auth, Buffer.concat([int(0), text('digest'), text('a:b')])],
  [opcodes.getEphemerals, text('/')],
];

interface Flaw {
  readonly at: number;
  readonly byte: number;
}

const flaw: fc.Arbitrary<Flaw> = fc.record({ at: fc.nat(200), byte: fc.constantFrom(0, 1, 127, 128, 254, 255) });

function spoilt(body: Buffer, flaws: readonly Flaw[], length: number): Buffer {
  const bytes = Buffer.from(body);
  for (const { at, byte } of flaws) if (bytes.length > 0) bytes[at % bytes.length] = byte;
  return bytes.subarray(0, Math.max(0, bytes.length - length));
}

/** Half of them sound but for a few bytes, half of them rubbish. */
const mutated = fc
  .tuple(fc.constantFrom(...sound), fc.array(flaw, { maxLength: 4 }), fc.constantFrom(0, 0, 0, 1, 5))
  .map(([[opcode, body], flaws, cut]) => Buffer.concat([int(1), int(opcode), spoilt(body, flaws, cut)]));
const rubbish = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
const frame = fc.oneof(mutated, rubbish);

type Server = ReturnType<typeof machine>;

/** One connection that greets with the bytes, one that sends them as a request and goes. */
function send(state: Server, connection: number, bytes: Buffer): void {
  const at = state.now;
  const inputs: Input[] = [
    { kind: 'connect', at, connection, address: '::1', hello: bytes },
    connect(connection, at),
    { kind: 'request', at, connection, frame: bytes },
    { kind: 'disconnect', at, connection },
  ];
  for (const input of inputs) step(state, input);
}

/** With a neighbour, connection 1, and a znode. */
function served(): Server {
  const state = machine();
  step(state, connect(1, 0, 60_000));
  step(state, request(1, opcodes.create, createBody('/a')));
  return state;
}

/** The neighbour takes away what spoilt requests have made, and outlives their sessions. */
function tidied(state: Server): void {
  const own = ['', '/', '/a', '/zookeeper'];
  const paths = [...state.nodes.keys()].filter((one) => !own.includes(one) && !one.startsWith('/zookeeper/'));
  for (const one of paths.sort().reverse())
    step(state, request(1, opcodes.delete, Buffer.concat([text(one), int(-1)]), state.now));
  step(state, request(1, opcodes.ping, undefined, state.now));
  step(state, { kind: 'tick', at: state.now + 59_000 });
}

describe(`the server, after ${frames} spoilt frames,`, () => {
  it('has answered or hung up on each, and has forgotten whoever has gone', () => {
    const state = served();
    let next = 2;
    const property = fc.property(frame, (bytes) => send(state, next++, bytes));
    fc.assert(property, { numRuns: frames, seed, endOnFailure: true });
    expect(state.connections.size).toBe(1);
    expect([state.dataWatches.byConnection.size, state.childWatches.byPath.size]).toEqual([0, 0]);
    step(state, { kind: 'tick', at: 30_000 });
    expect(state.sessions.size).toBe(1);
    const said = step(state, request(1, opcodes.exists, Buffer.concat([text('/'), Buffer.from([0])])));
    expect(said).toMatchObject([{ kind: 'reply', error: 0 }]);
  }, 600_000);

  it('holds no more memory than before them', () => {
    const state = served();
    const sample = fc.sample(frame, { numRuns: 500, seed });
    let next = 2;
    const round = () => {
      for (const bytes of sample) send(state, next++, bytes);
      tidied(state);
    };
    for (let warm = 0; warm < 10; warm++) round();
    const [before, from] = [heapAfterGc(), next];
    for (let left = Math.max(frames, 20_000) / sample.length; left > 0; left--) round();
    expect((heapAfterGc() - before) / (next - from)).toBeLessThan(10);
  }, 600_000);

  it('still serves its neighbours, on sockets too, and holds no more memory than before', async () => {
    await using zk = await EmbeddedZooKeeper.start();
    using neighbour = await BareClient.connect(zk.connectString);
    const send = async (bytes: readonly Buffer[], raw: Uint8Array) => {
      const wire = await Wire.open(zk.connectString, { timeoutMs: 200 });
      for (const one of bytes) wire.send(one);
      wire.socket.end(raw);
      expect(await neighbour.getData('/')).toMatchObject({ error: 0 });
      wire.socket.destroy();
    };
    const property = fc.asyncProperty(fc.array(frame, { maxLength: 10 }), fc.uint8Array({ maxLength: 40 }), send);
    const sent = async (connections: number) => {
      await fc.assert(property, { numRuns: connections, seed, endOnFailure: true });
      await until(() => zk.sessions.length === 1);
      return heapAfterGc();
    };
    const connections = Math.max(200, Math.ceil(frames / 50));
    const before = await sent(Math.ceil(connections / 2));
    // Bytes a connection: the runner and the sockets of Node itself keep some hundred, a forgotten one keeps thousands.
    expect(((await sent(connections)) - before) / connections).toBeLessThan(2_000);
    expect(neighbour.closed).toBe(false);
  }, 600_000);
});
