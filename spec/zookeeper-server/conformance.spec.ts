import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { describeBackend } from '../conformance/backend.js';
import { everything, type World } from '../conformance/world.js';
import { zookeeperWorld } from '../conformance/zookeeper-world.js';

describeBackend('a ZooKeeper backend on the embedded server', embeddedWorld, everything, true);

/** Each has a server of its own, so none sees another's. */
async function embeddedWorld(): Promise<World> {
  const zk = await EmbeddedZooKeeper.start();
  const world = await zookeeperWorld(zk.connectString, 1_000);
  return {
    ...world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await zk[Symbol.asyncDispose]();
    },
  };
}
