import { inject } from 'vitest';
import { describeBackend } from './backend.js';
import { everything } from './world.js';
import { zookeeperWorld } from './zookeeper-world.js';

describeBackend('a ZooKeeper backend', () => zookeeperWorld(inject('zookeeper')), everything, true);
