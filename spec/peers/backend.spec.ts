import { describeBackend } from '../conformance/backend.js';
import { everything } from '../conformance/world.js';
import { decree } from '../support/decree.js';
import { peersWorld } from '../support/peers.js';

const forgetful = { absent: 'there is no store that could forget one of its nodes' };

describeBackend(
  'a backend of peers, by the smallest of protocols',
  () => peersWorld((self) => decree({ self, arbiter: 'v1', leaseMs: 1_000 }) as never, ['v1'], 6_000),
  { ...everything, expire: forgetful },
);
