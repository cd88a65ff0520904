import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { describeServer } from './suite.js';

describeServer('the embedded server answers as a real one was recorded to', async () => {
  const zk = await EmbeddedZooKeeper.start({ maxSessionTimeoutMs: 600_000, extendedTypes: true, reapEveryMs: 200 });
  return {
    connect: zk.connectString,
    jump: async (path, next) => void zk.faults.jumpSequence(path, next),
    [Symbol.asyncDispose]: () => zk[Symbol.asyncDispose](),
  };
});
