import { inject } from 'vitest';
import { zookeeperWorld } from '../conformance/zookeeper-world.js';
import { describeLocks } from './suite.js';

describeLocks('ZooKeeper', () => zookeeperWorld(inject('zookeeper')));
