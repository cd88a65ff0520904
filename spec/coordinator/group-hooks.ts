import { BehaviorSubject } from 'rxjs';
import { describe, it } from 'vitest';
import { until } from '../support/until.js';
import { atGroup } from './at-group.js';
import type { World } from './world.js';

/** What the hooks of roles may rely on in a group, on any server. */
export function describeGroupHooks(start: () => Promise<World>): void {
  const at = atGroup(start);
  const { join } = at;

  describe('hooks in a group', { timeout: 20_000 }, () => {
    it('that go on telling whether they are ready do not keep the group from being closed', async () => {
      const ready = new BehaviorSubject(true);
      const [a] = await join('a', { hooks: { ready: () => ready } });
      await at.house.settled({ a: 12 });
      let closed = false;
      void a!.group.close().then(() => {
        closed = true;
      });
      await until(() => closed, { describe: 'the group to be closed' }).finally(() => ready.complete());
      await at.house.settled({ a: 0 });
    });
  });
}
