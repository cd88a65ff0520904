import { afterAll, beforeAll } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper.js';
import { describeWords } from './words.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

describeWords('a real server', () => server.connect);
