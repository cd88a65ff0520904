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
});
