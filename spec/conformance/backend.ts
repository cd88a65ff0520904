import { describe } from 'vitest';
import { exclusion } from './exclusion.js';
import { laws } from './laws.js';
import { operating } from './operating.js';
import { port } from './port.js';
import { acts } from './stage.js';
import type { Capabilities, World } from './world.js';

/**
 * What every backend must do: the laws, and the behaviour of the port. `world` makes a fresh world for each spec;
 * `capabilities` says, with a reason, what this backend cannot do. `concurrent`:
 * several specs at a time, where they do little but wait and have nothing in common.
 */
export function describeBackend(
  name: string,
  world: () => Promise<World>,
  capabilities: Capabilities,
  concurrent = false,
): void {
  describe(name, { concurrent }, () => {
    const act = acts(world, capabilities);
    laws(act);
    exclusion(act);
    port(act);
    operating(act);
  });
}
