import { startZooKeeper } from '../support/zookeeper.js';
import { describeFencing } from './fencing.js';

describeFencing(() => startZooKeeper());
