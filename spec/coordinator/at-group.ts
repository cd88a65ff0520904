import { afterEach, beforeEach, expect } from 'vitest';
import { GroupHouse, type GroupNode, type Options } from './group-house.js';
import type { World } from './world.js';

/** For each spec a group of its own, of twelve roles, on a server that `start` starts. No role is ever served by two. */
export function atGroup(start: () => Promise<World>) {
  let zk: World;
  let house: GroupHouse;
  beforeEach(async () => {
    zk = await start();
    house = new GroupHouse(zk.connect);
  });
  afterEach(async () => {
    const { overlaps } = house;
    await house[Symbol.asyncDispose]();
    await zk[Symbol.asyncDispose]();
    expect(overlaps).toEqual([]);
  });
  const join = (ids: string, options?: Options) => Promise.all([...ids].map((id) => house.join(id, options)));
  return {
    get zk(): World {
      return zk;
    },
    get house(): GroupHouse {
      return house;
    },
    join,
    /** Of equal shares. */
    three: async (options?: Options) => {
      const nodes = await join('abc', options);
      await house.settled({ a: 4, b: 4, c: 4 });
      return nodes as [GroupNode, GroupNode, GroupNode];
    },
  };
}
