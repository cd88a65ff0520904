import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { GroupHouse, type Options } from './group-house.js';

let zk: EmbeddedZooKeeper;
let house: GroupHouse;
beforeEach(async () => {
  zk = await EmbeddedZooKeeper.start();
  house = new GroupHouse(zk.connectString);
});
afterEach(async () => {
  expect(house.overlaps).toEqual([]);
  await house[Symbol.asyncDispose]();
  await zk[Symbol.asyncDispose]();
});
const join = (ids: string, options?: Options) => Promise.all([...ids].map((id) => house.join(id, options)));

describe('a role group', () => {
  it('gives every role to one of the processes that are there, and to a newcomer its share', async () => {
    await join('abc');
    await house.settled({ a: 4, b: 4, c: 4 });
    await join('d');
    await house.settled({ a: 3, b: 3, c: 3, d: 3 });
  });

  it('gives to the others what a process had that is lost without a word, and moves nothing else', async () => {
    const [a, b, c] = await join('abc');
    await house.settled({ a: 4, b: 4, c: 4 });
    const kept = [...a!.serving(), ...b!.serving()];
    await c!.backend.close();
    await house.settled({ a: 6, b: 6 });
    expect([...a!.serving(), ...b!.serving()]).toEqual(expect.arrayContaining(kept));
    const stopped = [a!, b!].flatMap(({ changes }) => changes.values.filter(({ phase }) => phase === 'stopping'));
    expect(stopped).toEqual([]);
  });

  it('I11: hands every role over before it leaves, with its progress', async () => {
    const [a] = await join('abc', { moves: { maxInFlight: 2 } });
    await house.settled({ a: 4, b: 4, c: 4 });
    const progress = await lastValueFrom(a!.group.shutdown({ deadlineMs: 9_000 }).pipe(toArray()));
    await house.settled({ a: 0, b: 6, c: 6 });
    expect(progress[0]).toMatchObject({ phase: 'draining', rolesLeft: 4 });
    expect(progress.at(-1)).toMatchObject({ phase: 'left', rolesLeft: 0, moved: 4, unclean: [] });
  });
});
