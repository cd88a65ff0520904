import { raftProtocol } from '../../lib/peers/raft/index.js';
import { virtualWorld } from '../support/virtual-peers.js';
import { describeLocks } from './suite.js';

describeLocks('Raft', () => virtualWorld((self, voters) => raftProtocol({ self, voters }) as never), false);
