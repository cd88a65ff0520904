import { vi } from 'vitest';
import { votingProtocol } from '../../lib/peers/voting/index.js';
import { fixedWorld, forgetful } from '../support/peers.js';
import { describeBackend } from './backend.js';
import { everything } from './world.js';

/** A node that has just been started promises nothing for so long: each spec begins with that. */
const leaseMs = 1_000;
const timings = { leaseMs, heartbeatMs: 200, answerMs: 200 };
vi.setConfig({ testTimeout: 60_000 });

describeBackend(
  'a voting backend with a majority',
  () => fixedWorld((self, members) => votingProtocol({ self, members, ...timings }) as never, 20_000),
  { ...everything, expire: forgetful },
  true,
);
