import { afterAll, beforeAll } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { describeWords } from './words.js';

let zk: EmbeddedZooKeeper;
beforeAll(async () => {
  zk = await EmbeddedZooKeeper.start();
});
afterAll(() => zk[Symbol.asyncDispose]());

describeWords('the embedded server', () => zk.connectString);
