import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../lib/connect.js';
import type { Backend } from '../../lib/election/election.js';
import { SECRET } from '../support/peers.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';
import { machine, ran, start } from './support.js';

/** The CLI among peers: as an observer, who asks, and as n3, a member of its own. Candidates a and b stand on n1 and n2. */
describe.each([
  ['raft', 'electionTimeoutMs=4000'],
  ['bully', 'leaseMs=4000&answerMs=300'],
  ['ring', 'leaseMs=4000'],
  ['voting', 'leaseMs=4000&answerMs=300'],
])('the CLI over %s://', { timeout: 60_000 }, (scheme, timings) => {
  let folder: string;
  let group: string;
  let backends: Backend[];
  /** A node takes part from its first use. */
  let taking: Subscription[];
  const where = (self: string) =>
    `${scheme}://${group}?self=${self}&observers=ops&graceMs=300&${timings}&secretFile=${join(folder, 'secret')}`;
  const member = (self: string) => `${where(self)}&dir=${join(folder, self)}`;
  const ask = (command: string, ...argv: string[]) => ran([command, '--connect', where('ops'), ...argv]);
  const stands = (at: number, id: string) => backends[at]?.election('jobs').campaign({ id });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'succession-cli-'));
    writeFileSync(join(folder, 'secret'), SECRET);
    const ids = ['n1', 'n2', 'n3', 'ops'];
    const ports = await Promise.all(ids.map(() => freePort()));
    group = ids.map((id, at) => `${id}@127.0.0.1:${ports[at]}`).join(',');
    backends = await Promise.all(['n1', 'n2'].map((id) => connect(`${member(id)}&firstStart=true`)));
    taking = backends.map((backend) => backend.connection$.subscribe());
    const a = stands(0, 'a');
    await until(() => a?.isLeader(), { within: 30_000 });
    const b = stands(1, 'b');
    await until(() => b?.leadership.role === 'follower', { within: 30_000 });
  }, 90_000);
  afterAll(async () => {
    for (const one of taking) one.unsubscribe();
    await Promise.all(backends.map((backend) => backend.close()));
    rmSync(folder, { recursive: true });
  });

  it('lists the elections, shows the line, and names the leader', async () => {
    expect((await ask('list')).lines[1]).toMatch(/^jobs +a +2 /);
    const { lines } = await ask('candidates', 'jobs', '-o', 'wide');
    expect(lines.join('\n')).toMatch(/1 +leader +a [\s\S]*2 +follower +b /);
    expect(await ask('leader', 'jobs')).toMatchObject({ code: 0, lines: ['a'] });
    expect((await ask('leader', 'nothing')).code).toBe(3);
  });

  it('tells the guarantee, the state and what this node counts', async () => {
    const { stdout } = await ask('candidates', 'jobs', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ guarantee: 'lease', state: 'led', statistics: { elections: 0 } });
  });

  it('examines: the wire and the line; of servers it says in one line that there are none to tell of', async () => {
    const { code, stdout, stderr } = await ask('doctor', 'jobs');
    expect(stdout).toMatch(new RegExp(`ok +connection +${scheme}://.* Connected within \\d+ ms`));
    expect(stdout).toMatch(/ok +ids +jobs +2 in line, no id twice/);
    expect([code, stderr]).toEqual([0, 'This backend tells nothing about its servers.\n']);
  });

  it('stands nobody on an observer, and says so in one line', async () => {
    for (const command of ['run', 'lock']) {
      const { code, stderr } = await ask(command, 'jobs', '--', 'true');
      expect(stderr.split('\n').filter(Boolean)).toEqual([expect.stringMatching(/ops is an observer/)]);
      expect(code).toBe(1);
    }
  });

  it('watches the transitions, asks the leader to step down, and evicts', async () => {
    const watching = start(['watch', 'jobs', '-o', 'json', '--connect', where('ops')]);
    await until(() => watching.stdout.text.includes('"a"'));
    watching.interrupt('enough');
    await watching.code;
    const { code, stdout } = await ask('step-down', 'jobs', '--to', 'b', '--timeout', '20s');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/before +a +\d+[\s\S]*after +b +\d+/)]);
    expect(await ask('evict', 'jobs', 'b', '--timeout', '20s')).toMatchObject({ code: 0 });
    await until(async () => (await ask('leader', 'jobs')).lines[0] === 'a', { within: 30_000, every: 100 });
  });

  it('runs a command as a member, while it leads or holds the lock', async () => {
    const running = (command: string, more = '') => {
      const argv = [command, 'nightly', '--timeout', '30s', '-c', `${member('n3')}${more}`, '--', 'sh', '-c', 'exit 9'];
      return start(argv, { machine: { ...machine, env: { PATH: process.env.PATH } } });
    };
    const [first, second] = [running('run', '&firstStart=true'), () => running('lock')];
    expect([await first.code, first.stderr.text]).toEqual([9, expect.stringMatching(/leads with token \d+/)]);
    const locked = second();
    expect([await locked.code, locked.stderr.text]).toEqual([9, expect.stringMatching(/holds it with token \d+/)]);
  });
});
