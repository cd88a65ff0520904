import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { until } from '../../support/until.js';
import { World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

/** `npm run programs` compiles it. */
const program = '.tmp/programs/spec/zookeeper/bugs/believer.js';

interface Answer {
  readonly at: bigint;
  readonly leads: boolean;
}

/** A candidate in another process, and everything it said of itself. */
async function believe(world: World): Promise<{ child: ChildProcess; answers: Answer[]; roles: string[] }> {
  const child = fork(program, [server.connect, '1500', world.name]);
  const answers: Answer[] = [];
  const roles: string[] = [];
  child.on('message', (said: { at: string; leads: boolean; role?: string }) => {
    if (said.role) roles.push(said.role);
    else answers.push({ at: BigInt(said.at), leads: said.leads });
  });
  await once(child, 'spawn');
  return { child, answers, roles };
}

it('A7: a leader that was paused past its session says no before it says anything else', async () => {
  await using world = new World(server);
  const { child, answers, roles } = await believe(world);
  await until(() => answers.at(-1)?.leads);
  const rival = world.stand('rival');
  await rival.follows(1);
  const beliefs: bigint[] = [];
  const watch = setInterval(() => rival.candidacy.isLeader() && beliefs.push(process.hrtime.bigint()), 1);

  child.kill('SIGSTOP');
  await rival.leads();
  const since = await until(() => beliefs[0]);
  const woken = answers.length;
  child.kill('SIGCONT');
  await until(() => roles.includes('follower'), { within: 15_000 });
  clearInterval(watch);

  expect(answers.length).toBeGreaterThan(woken);
  expect(answers.filter(({ at, leads }) => leads && at >= since)).toEqual([]);
  expect(answers.some(({ at, leads }) => leads && at < since)).toBe(true);
  child.send('end');
  await once(child, 'exit');
});
