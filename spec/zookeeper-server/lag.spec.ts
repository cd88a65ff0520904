import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { int, text } from '../support/bare-client.js';
import { until } from '../support/until.js';
import { createBody } from './machine.js';
import { opcodes } from './vocabulary.js';
import { Wire } from './wire.js';

const frozen = () => EmbeddedZooKeeper.start({ virtualTime: true });
const anna = Buffer.concat([int(0), text('digest'), text('anna:secret')]);
const hers = Buffer.concat([text('/hers'), text(''), int(1), int(31), text('auth'), text(''), int(0)]);

type Asked = [opcode: number, body: Buffer];
const removal = (path: string): Asked => [opcodes.delete, Buffer.concat([text(path), int(-1)])];
const creation = (path: string): Asked => [opcodes.create, createBody(path)];
const watch = (opcode: number, path: string): Asked => [opcode, Buffer.concat([text(path), Buffer.from([1])])];
const addWatch = (path: string): Asked => [opcodes.addWatch, Buffer.concat([text(path), int(1)])];

/** What somebody who has asked all of these before its server lags, and those meanwhile, hears in the end of the changes. */
async function heard(before: readonly Asked[], meanwhile: readonly Asked[], changes: readonly Asked[]) {
  await using zk = await frozen();
  const [other, behind] = [await Wire.open(zk.connectString), await Wire.open(zk.connectString)];
  await other.request(...creation('/own'));
  for (const ask of before) await behind.request(...ask);
  const fault = zk.faults.lagReads(behind.session);
  for (const ask of meanwhile) await behind.request(...ask);
  for (const change of changes) await other.request(...change);
  fault.lift();
  const reply = await behind.request(opcodes.ping);
  return reply?.heard.map(({ type, path }) => `${type} ${path}`);
}

describe('a client of a server that lags', () => {
  it('is who it has said it is when the server has caught up', async () => {
    await using zk = await frozen();
    const [other, behind] = [await Wire.open(zk.connectString), await Wire.open(zk.connectString)];
    await other.request(opcodes.auth, anna);
    await other.request(opcodes.create, hers);
    const fault = zk.faults.lagReads(behind.session);
    expect(await behind.request(opcodes.auth, anna)).toMatchObject({ error: 0 });
    const write = behind.request(opcodes.create, createBody('/hers/too'));
    await until(() => fault.fired === 2);
    fault.lift();
    expect(await write).toMatchObject({ error: 0 });
  });

  it('that reconnects waits for its greeting, and does not keep its session alive by that', async () => {
    await using zk = await frozen();
    const before = await Wire.open(zk.connectString, { timeoutMs: 1_000 });
    const fault = zk.faults.lagReads(before.session);
    zk.advance(900);
    const again = Wire.open(zk.connectString, before.identity);
    await until(() => fault.fired > 0, { describe: 'the greeting to come to where it lags', within: 3_000 });
    zk.advance(300);
    expect(zk.sessions).toEqual([]);
    fault.lift();
    expect((await again).session).toBe(0n);
  });

  it('that reconnects goes on with its session when the server has caught up in time', async () => {
    await using zk = await frozen();
    const before = await Wire.open(zk.connectString, { timeoutMs: 1_000 });
    const fault = zk.faults.lagReads(before.session);
    const again = Wire.open(zk.connectString, before.identity);
    await until(() => fault.fired > 0, { describe: 'the greeting to come to where it lags', within: 3_000 });
    fault.lift();
    expect((await again).session).toBe(before.session);
  });

  it.each<[string, readonly Asked[]]>([
    ['before', [watch(opcodes.getData, '/own'), watch(opcodes.exists, '/new')]],
    ['while it lagged', []],
  ])('hears what happened first to what it watched %s, though it was undone', async (_, before) => {
    const meanwhile = [watch(opcodes.getData, '/own'), watch(opcodes.exists, '/new')];
    const changes = [removal('/own'), creation('/own'), creation('/new'), removal('/new')];
    expect(await heard(before, meanwhile, changes)).toEqual(['2 /own', '1 /new']);
  });

  it('hears all that happened where its watch persists, and what happens then', async () => {
    const changes = [creation('/new'), creation('/new/one'), removal('/new/one')];
    expect(await heard([addWatch('/new')], [], changes)).toEqual(['1 /new', '1 /new/one', '2 /new/one']);
  });

  it('hears of the end of a session that only its own server has heard of since', async () => {
    await using zk = await frozen();
    const dying = await Wire.open(zk.connectString, { timeoutMs: 1_000 });
    const behind = await Wire.open(zk.connectString, { timeoutMs: 10_000 });
    await dying.request(opcodes.create, createBody('/dying', 1));
    await behind.request(...addWatch('/dying'));
    const fault = zk.faults.lagReads();
    zk.advance(900);
    await dying.request(opcodes.ping);
    zk.advance(300);
    fault.lift();
    expect((await behind.request(opcodes.ping))?.heard).toMatchObject([{ type: 2, path: '/dying' }]);
    expect(zk.dump()).toBe('/\n');
  });

  it('hears what others have waited to write there', async () => {
    await using zk = await frozen();
    const [writer, behind] = [await Wire.open(zk.connectString), await Wire.open(zk.connectString)];
    await behind.request(...watch(opcodes.exists, '/new'));
    const fault = zk.faults.lagReads();
    const first = writer.request(...creation('/new'));
    await until(() => fault.fired === 1);
    const second = writer.request(...removal('/new'));
    await until(() => fault.fired === 2);
    fault.lift();
    expect((await behind.request(opcodes.ping))?.heard).toMatchObject([{ type: 1, path: '/new' }]);
    await Promise.all([first, second]);
  });
});
