import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper, type Input, step } from '../../lib/zookeeper-server/index.js';
import { BareClient, int, long, text } from '../support/bare-client.js';
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

describe(`the server, after ${frames} spoilt frames,`, () => {
  it('has answered or hung up on each, and has forgotten whoever has gone', () => {
    const state = machine();
    step(state, connect(1, 0, 60_000));
    step(state, request(1, opcodes.create, createBody('/a')));
    let next = 2;
    const send = (bytes: Buffer) => {
      const connection = next++;
      const inputs: Input[] = [
        { kind: 'connect', at: 0, connection, address: '::1', hello: bytes },
        connect(connection),
        { kind: 'request', at: 0, connection, frame: bytes },
        { kind: 'disconnect', at: 0, connection },
      ];
      for (const input of inputs) step(state, input);
    };
    fc.assert(fc.property(frame, send), { numRuns: frames, seed, endOnFailure: true });
    expect(state.connections.size).toBe(1);
    expect([state.dataWatches.byConnection.size, state.childWatches.byPath.size]).toEqual([0, 0]);
    step(state, { kind: 'tick', at: 30_000 });
    expect(state.sessions.size).toBe(1);
    const said = step(state, request(1, opcodes.exists, Buffer.concat([text('/'), Buffer.from([0])])));
    expect(said).toMatchObject([{ kind: 'reply', error: 0 }]);
  }, 600_000);

  it('still serves its neighbours, on sockets too', async () => {
    await using zk = await EmbeddedZooKeeper.start();
    using neighbour = await BareClient.connect(zk.connectString);
    const send = async (bytes: readonly Buffer[], raw: Uint8Array) => {
      const wire = await Wire.open(zk.connectString);
      for (const one of bytes) wire.send(one);
      wire.socket.end(raw);
      expect(await neighbour.getData('/')).toMatchObject({ error: 0 });
      wire.socket.destroy();
    };
    const property = fc.asyncProperty(fc.array(frame, { maxLength: 10 }), fc.uint8Array({ maxLength: 40 }), send);
    await fc.assert(property, { numRuns: Math.ceil(frames / 50), seed, endOnFailure: true });
    expect(neighbour.closed).toBe(false);
  }, 600_000);
});
