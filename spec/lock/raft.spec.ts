import { vi } from 'vitest';
import { raftProtocol } from '../../lib/peers/raft/index.js';
import { fixedWorld } from '../support/peers.js';
import { describeLocks } from './suite.js';

/** A voter that has just been started votes for nobody for so long: each spec begins with that. */
const electionTimeoutMs = 1_000;
vi.setConfig({ testTimeout: 60_000 });

describeLocks(
  'Raft',
  () => fixedWorld((self, voters) => raftProtocol({ self, voters, electionTimeoutMs }) as never, 20_000),
  false,
);
