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
});
