import { afterEach, beforeEach } from 'vitest';
import type { RoleHandler, RoleOptions } from '../../lib/coordinator/handler.js';
import type { RoleTerm } from '../../lib/coordinator/term.js';
import type { StoreSession } from '../../lib/election/store.js';
import type { ZooKeeperOptions } from '../../lib/zookeeper/index.js';
import { House, type Node } from './house.js';
import type { World } from './world.js';

/** For each spec a house of its own, on a server that `start` starts. */
export function atHome(start: () => Promise<World>) {
  let zk: World;
  let house: House;
  beforeEach(async () => {
    zk = await start();
    house = new House();
  });
  afterEach(async () => {
    await house[Symbol.asyncDispose]();
    await zk[Symbol.asyncDispose]();
  });
  return {
    get zk(): World {
      return zk;
    },
    get house(): House {
      return house;
    },
    /** Somewhere on the servers. */
    node: (
      id: string,
      hooks?: Partial<RoleHandler<string>>,
      options?: RoleOptions,
      session?: Partial<ZooKeeperOptions>,
    ): Promise<Node> => house.node(id, zk.connect, hooks, options, session),
  };
}

export const sessionOf = (node: Node): StoreSession => node.member()!.session;

/** Waits until it serves, and tells its term. */
export async function serve(node: Node): Promise<RoleTerm> {
  node.want(true);
  const { serving } = await node.is('serving');
  return serving!.term;
}
