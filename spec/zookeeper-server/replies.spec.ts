import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { BareClient } from '../support/bare-client.js';

const frozen = () => EmbeddedZooKeeper.start({ virtualTime: true });

describe('a fault of replies', () => {
  it('that is lifted lets go what it delays', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    const fault = zk.faults.delayReply('create', 60_000);
    const replies = [client.create('/x', ''), client.getData('/x')];
    await fault.happened;
    fault.lift();
    expect(await Promise.all(replies)).toMatchObject([{ error: 0 }, { error: 0 }]);
  });

  it('that is lifted leaves what another delays', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    const [short, long] = [zk.faults.delayReply('create', 1_000), zk.faults.delayReply('getData', 2_000)];
    const order: string[] = [];
    const first = client.create('/x', '').then(() => order.push('first'));
    const second = client.getData('/x').then(() => order.push('second'));
    await short.happened;
    short.lift();
    await Promise.all([first, long.happened]);
    zk.advance(1_999);
    using other = await BareClient.connect(zk.connectString);
    await other.setData('/x', '');
    expect(order).toEqual(['first']);
    zk.advance(1);
    await second;
  });

  it.each([0, -1, Number.NaN])('happens once or more often, never %d times', async (times) => {
    await using zk = await frozen();
    expect(() => zk.faults.dropReply('create', times)).toThrow('times: must be at least 1');
    using client = await BareClient.connect(zk.connectString);
    expect([await client.create('/x', ''), zk.faults.plan]).toMatchObject([{ error: 0 }, []]);
  });

  it('happens no more often than it is told, and for ever if it is told so', async () => {
    await using zk = await frozen();
    const [twice, ever] = [zk.faults.cutReply('getData', 0, 1.5), zk.faults.cutReply('create', 0, Infinity)];
    for (const _ of [1, 2]) {
      using client = await BareClient.connect(zk.connectString);
      await expect(client.getData('/')).rejects.toThrow('ended');
    }
    for (const _ of [1, 2, 3]) {
      using client = await BareClient.connect(zk.connectString);
      expect(await client.getData('/')).toMatchObject({ error: 0 });
      await expect(client.create('/x', '')).rejects.toThrow('ended');
    }
    expect([twice.fired, ever.fired]).toEqual([2, 3]);
  });

  it.each([-1, Number.NaN, Infinity, 2 ** 31])('is not delayed by %d ms, which no timer holds', async (ms) => {
    await using zk = await EmbeddedZooKeeper.start();
    expect(() => zk.faults.delayReply('create', ms)).toThrow('ms: must be a number of milliseconds');
  });
});
