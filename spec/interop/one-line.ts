import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Candidacy } from '../../lib/election/election.js';
import { type Naming, zookeeper } from '../../lib/zookeeper/index.js';
import { BareClient } from '../support/bare-client.js';
import { seen, until } from '../support/until.js';
import { Foreigner } from './foreigner.js';

/** Another library, and how ours stands in line with it. */
export interface Guest {
  /** What its candidates are called here. */
  readonly name: string;
  readonly naming: Naming;
  /** The program that stands with it, installed if need be. */
  command(server: string, path: string): [string, ...string[]];
  /**
   * Its followers forget whom they watch when the data of that znode changes, as a request to step down does. LeaderLatch
   * acts on a deletion only, and does not watch again: so nobody is asked with one of those right behind.
   */
  readonly isDeafened?: boolean;
  /** Our id as the other library reads it from our znode's data. */
  ourId(data: string): string;
}

/** The specs that every library we share a line with must pass. */
export function describeOneLine({ name, naming, command, isDeafened, ourId }: Guest): void {
  const path = `/interop-${name}-${process.pid}-${Date.now()}`;
  const server = inject('zookeeper');
  const backend = zookeeper({ servers: server, naming, sessionTimeoutMs: 10_000 });
  const election = backend.election(path);
  const watched = { leader: seen(election.leader$), line: seen(election.participants$) };
  const theirs = [`${name}-1`, `${name}-2`] as const;
  let them: Foreigner;

  beforeAll(async () => {
    them = await Foreigner.start(command(server, path));
  }, 600_000);

  afterAll(async () => {
    for (const recording of Object.values(watched)) recording[Symbol.dispose]();
    await them?.[Symbol.asyncDispose]();
    await backend.close();
    await vanish(server, path);
  }, 20_000);

  /** Everybody in line, by us and by them. */
  const lines = async () => ({
    ours: watched.line.last?.map(({ id }) => id),
    theirs: (await them.line()).map((data) => (data.startsWith(`${name}-`) ? data : ourId(data))),
  });

  /** Whoever says at this moment that it leads. */
  const leaders = async (ours: readonly Candidacy[]) => {
    const before = ours.filter((one) => one.isLeader()).map(({ id }) => id);
    const others = await them.leaders();
    const after = ours.filter((one) => one.isLeader()).map(({ id }) => id);
    return [...new Set([...before.filter((id) => after.includes(id)), ...others])];
  };

  /** Waits for this line, seen alike from both sides, whose first alone leads. Two leaders are never waited out. */
  const settled = async (line: readonly string[], ours: readonly Candidacy[]) => {
    const wanted = { ours: line, theirs: line, leads: line.slice(0, 1), leader: line[0] };
    let found: unknown;
    let most = 0;
    const isThere = async () => {
      const leads = await leaders(ours);
      most = Math.max(most, leads.length);
      found = { ...(await lines()), leads, leader: watched.leader.last?.id };
      return most > 1 || isDeepStrictEqual(found, wanted);
    };
    await until(isThere, { describe: () => `${inspect(wanted)} instead of ${inspect(found)}` });
    expect(most).toBeLessThan(2);
  };

  it('stands in one line with it: one order, one leader, and the other is known as foreign', async () => {
    await them.stand(theirs[0]);
    await until(async () => (await them.leaders()).includes(theirs[0]));
    const us = election.campaign({ id: 'ours-1' });
    await until(() => us.leadership.role === 'follower');
    await them.stand(theirs[1]);
    await until(async () => (await them.line()).length === 3);
    await settled([theirs[0], 'ours-1', theirs[1]], [us]);
    expect(us.leadership).toEqual({ role: 'follower', ahead: 1 });
    expect(watched.leader.last).toMatchObject({ id: theirs[0], token: undefined, foreign: true });
    expect(watched.line.last).toMatchObject([
      { role: 'leader', foreign: true },
      { role: 'follower', foreign: false },
      { role: 'follower', foreign: true },
    ]);
    await us.resign();
    await them.leave(theirs[1]);
    await settled([theirs[0]], []);
    await them.leave(theirs[0]);
    await until(() => watched.leader.last === undefined);
  });

  it('hands over both ways: theirs to ours, ours to theirs', async () => {
    await them.stand(theirs[0]);
    await until(async () => (await them.leaders()).includes(theirs[0]));
    const us = election.campaign({ id: 'ours-1' });
    await until(() => us.leadership.role === 'follower');

    await them.leave(theirs[0]);
    await settled(['ours-1'], [us]);
    expect(watched.leader.last).toMatchObject({ id: 'ours-1', token: expect.any(BigInt), foreign: false });

    await them.stand(theirs[1]);
    await settled(['ours-1', theirs[1]], [us]);
    expect(await us.resign()).toBe('released');
    await settled([theirs[1]], []);
    await them.leave(theirs[1]);
  });

  it('never has two leaders while leaders of both kinds come and go', async () => {
    let line: string[] = [];
    const ours = new Map<string, Candidacy>();
    const enter = async (id: string) => {
      if (id.startsWith(name)) await them.stand(id);
      else ours.set(id, election.campaign({ id }));
      line = [...line, id];
      await settled(line, [...ours.values()]);
    };
    const leave = async (id: string) => {
      line = line.filter((other) => other !== id);
      if (id.startsWith(name)) await them.leave(id);
      else await ours.get(id)?.resign();
      ours.delete(id);
      if (line.length > 0) await settled(line, [...ours.values()]);
    };
    for (const id of [theirs[0], 'ours-1', theirs[1], 'ours-2']) await enter(id);
    for (let turn = 0; turn < 8; turn++) {
      const [first = ''] = line;
      await leave(first);
      await enter(first);
    }
    for (const id of [...line]) await leave(id);
  });

  const behind = isDeafened
    ? 'is not asked to step down while one of theirs stands right behind, who would miss the hand-over'
    : 'steps down for it: one of theirs that stood right behind leads';
  it(behind, async () => {
    const us = election.campaign({ id: 'ours-1' });
    await until(() => us.isLeader());
    await them.stand(theirs[0]);
    await settled(['ours-1', theirs[0]], [us]);
    if (isDeafened) {
      await expect(election.stepDown({ timeoutMs: 10_000 })).rejects.toThrow(/resign in ours-1 itself, or evict it/);
      expect(us.isLeader()).toBe(true);
    } else {
      const { after } = await election.stepDown({ timeoutMs: 10_000 });
      expect(after).toMatchObject({ id: theirs[0], foreign: true });
      await settled([theirs[0], 'ours-1'], [us]);
    }
    await us.resign();
    await until(() => watched.leader.last?.id === theirs[0]);
    await them.leave(theirs[0]);
  });
}

/** The election's znode, once its line is empty. */
async function vanish(server: string, path: string): Promise<void> {
  const client = await BareClient.connect(server);
  await until(async () => [0, -101].includes((await client.delete(path)).error), { describe: `${path} to be empty` });
  await client.close();
}
