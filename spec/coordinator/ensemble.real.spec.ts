/** Every body of the embedded specs once more, on an ensemble of three real servers; and what needs several servers. */
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocator } from '../../lib/coordinator/locator.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { seen, until } from '../support/until.js';
import { describeFencing } from './fencing.js';
import { describeGroupHooks } from './group-hooks.js';
import { GroupHouse } from './group-house.js';
import { describeGroups } from './groups.js';
import { describeHooks } from './hooks.js';
import { describeLocator } from './locating.js';
import { describeOperators } from './operators.js';
import { describeRole } from './running.js';
import { describeTerms } from './terms.js';
import { RealWorld, type World } from './world.js';

let world: RealWorld;
beforeAll(async () => {
  world = await RealWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** One for all: each spec has a root of its own. */
const shared = async (): Promise<World> => ({
  connect: world.connect,
  one: world.one,
  expire: (session) => world.expire(session),
  [Symbol.asyncDispose]: async () => undefined,
});

describeFencing(shared);
describeTerms(shared);
describeHooks(shared);
describeRole(shared);
describeGroups(shared);
describeGroupHooks(shared);
describeOperators(shared);
describeLocator(shared);

it('I9: discovery never tells an earlier epoch while servers sleep and restart, and arrives at the last owner', async () => {
  await using house = new GroupHouse(world.connect, { roles: { count: 1 } });
  await house.join('a');
  const seats = world.each.map((servers) => zookeeper({ servers: `${servers},${world.connect}` }));
  const locators = await Promise.all(seats.map((seat) => openLocator(seat, house.root)));
  const views = locators.map((locator) => seen(locator.owner$('k')));
  await until(() => views.every(({ last }) => last?.status === 'owned'));
  for (const [round, server] of world.ensemble.servers.entries()) {
    if (round % 2) {
      await server.kill();
      await house.join(`${round}`);
      await server.start();
    } else {
      server.pause();
      await house.join(`${round}`);
      server.resume();
    }
    await house.nodes[round]!.group.close();
  }
  const last = house.nodes.at(-1)!;
  const { epoch } = await firstValueFrom(last.group.role('0').state$.pipe(filter(({ phase }) => phase === 'serving')));
  const arrived = () => views.every(({ last }) => last?.status === 'owned' && last.epoch.token === epoch!.token);
  await until(arrived, { within: 20_000 });
  for (const view of views) {
    const tokens = view.values.flatMap((one) =>
      one.status === 'vacant' ? (one.last ? [one.last.token] : []) : [one.epoch.token],
    );
    expect(tokens).toEqual([...tokens].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)));
    expect(new Set(tokens).size).toBeGreaterThan(1);
    view[Symbol.dispose]();
  }
  expect((await locators[0]!.ownerOf('k', { authoritative: true })).owner.node).toBe(last.id);
  await Promise.all(seats.map((seat) => seat.close()));
}, 90_000);
