import { describe, expect, it } from 'vitest';
import { Timeline } from '../../lib/sim/virtual-time.js';
import { encodeRecord } from '../../lib/zookeeper/record.js';
import { step } from '../../lib/zookeeper-server/index.js';
import { int, text } from '../support/bare-client.js';
import { connect, createBody, machine, request } from '../zookeeper-server/machine.js';
import { opcodes } from '../zookeeper-server/vocabulary.js';
import { ELECTION, FENCED, Judge } from './zookeeper-judge.js';

const NAME = '_c_11111111-1111-4111-8111-111111111111-latch-0000000000';
const HOLDER = `${ELECTION}/${NAME}`;
const claim = encodeRecord({ holder: NAME, id: 'a', leaseMs: 1_000, released: false });

/** A tree with one candidate, connection 1, that has claimed and written, and a stranger, connection 2; and its judge. */
function claimed() {
  const state = machine();
  const judge = new Judge(new Timeline());
  const sessionOf = (connection: number) => state.connections.get(connection)?.session;
  const ask = (connection: number, opcode: number, body: Buffer) => {
    const session = sessionOf(connection);
    step(state, request(connection, opcode, body));
    judge.committed(state, session);
  };
  const set = (connection: number, path: string, data: string) =>
    ask(connection, opcodes.setData, Buffer.concat([text(path), text(data), int(-1)]));
  for (const connection of [1, 2]) step(state, connect(connection));
  ask(1, opcodes.create, createBody(ELECTION));
  ask(
    2,
    opcodes.create,
    Buffer.concat([text(FENCED), text(''), int(1), int(31), text('world'), text('anyone'), int(0)]),
  );
  ask(1, opcodes.create, createBody(HOLDER, 1));
  set(1, ELECTION, Buffer.from(claim).toString());
  const token = state.zxid;
  const write = (connection: number) => set(connection, FENCED, String(token));
  write(1);
  return { judge, write, ask };
}

const lawsIn = ({ violations }: Judge) => violations.map(({ law }) => law);
const FENCE = 'fenced writes are those of the last claim';

describe('the judge of simulated elections', () => {
  it('accepts a write of whoever has claimed and stands', () => {
    expect(lawsIn(claimed().judge)).toEqual([]);
  });

  it('refuses a write of whoever was evicted, although nobody has claimed since', () => {
    const { judge, ask, write } = claimed();
    ask(2, opcodes.delete, Buffer.concat([text(HOLDER), int(-1)]));
    expect(lawsIn(judge)).toEqual([]);
    write(1);
    expect(lawsIn(judge)).toEqual([FENCE]);
  });

  it('refuses a write under the claim of another session', () => {
    const { judge, write } = claimed();
    write(2);
    expect(lawsIn(judge)).toEqual([FENCE]);
  });
});
