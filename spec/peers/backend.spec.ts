import { vi } from 'vitest';
import { describeBackend } from '../conformance/backend.js';
import { everything } from '../conformance/world.js';
import { decree } from '../support/decree.js';
import { forgetful, growingWorld } from '../support/peers.js';

vi.setConfig({ testTimeout: 60_000 });

describeBackend(
  'a backend of peers, by the smallest of protocols',
  () => growingWorld((self) => decree({ self, arbiter: 'v1', leaseMs: 1_500 }) as never, 12_000, ['v1']),
  { ...everything, expire: forgetful },
);
