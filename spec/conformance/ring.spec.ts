import { vi } from 'vitest';
import { ringProtocol } from '../../lib/peers/ring/index.js';
import { fixedWorld, forgetful } from '../support/peers.js';
import { describeBackend } from './backend.js';
import { everything } from './world.js';

/** A node that has just been started promises nothing for so long: each spec begins with that. */
const leaseMs = 1_500;
/** Its hops are given half of `answerMs` each: with less than the default a busy machine outruns them. */
const timings = { leaseMs, heartbeatMs: 250, answerMs: 500 };
vi.setConfig({ testTimeout: 60_000 });

describeBackend(
  'a ring backend with a majority',
  () => fixedWorld((self, members) => ringProtocol({ self, members, ...timings }) as never, 20_000),
  { ...everything, expire: forgetful },
  true,
);
