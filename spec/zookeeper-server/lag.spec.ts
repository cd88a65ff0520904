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
});
