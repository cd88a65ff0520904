import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import { machine, ran } from './support.js';

describe('usage', () => {
  it.each([
    [['lead'], "unknown command 'lead'"],
    [['leader'], "missing required argument 'election'"],
    [['leader', 'a', 'b'], 'too many arguments'],
    [['list', '-o', 'yaml'], 'Allowed choices are text, json, wide'],
    [['list', '--timeout', 'soon'], 'It must be a duration such as 500ms, 10s or 2m.'],
    [['list', '--timout', '1s'], 'Did you mean --timeout?'],
    [['run', 'orders'], "missing required argument 'command'"],
    [['list'], 'connect: must name a store, such as zookeeper://localhost:2181; or set SUCCESSION_URL'],
    [['list', '-c', 'etcd://localhost'], 'url: must start with zookeeper://'],
  ])('%j ends with 2 and says why', async (argv, message) => {
    const { code, stdout, stderr } = await ran(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('without a command shows the help on stderr and ends with 2', async () => {
    const { code, stdout, stderr } = await ran([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: succession');
  });

  it('takes the store from SUCCESSION_URL', async () => {
    const env = { SUCCESSION_URL: 'memory:usage' };
    expect(await ran(['list'], { machine: { ...machine, env } })).toMatchObject({ code: 0 });
  });

  it('knows its version', async () => {
    expect((await ran(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a store that does not answer', () => {
  const closed: string[] = [];
  const silent = async (url: string) =>
    ({ connection$: NEVER, close: async () => void closed.push(url) }) as unknown as Backend;

  it('ends the command with 7, without the password in the message, and is closed', async () => {
    const argv = ['list', '--timeout', '20ms', '-c', 'zookeeper://me:secret@localhost'];
    const { code, stderr } = await ran(argv, { connect: silent });
    expect(code).toBe(7);
    expect(stderr).toContain('Nothing answered at zookeeper://me:***@localhost within 20 ms.');
    expect(stderr).toContain('succession doctor');
    expect(closed).toHaveLength(1);
  });

  it('is a finding of the doctor, who ends with 7 too', async () => {
    const { code, stdout } = await ran(['doctor', '-t', '20ms', '-c', 'zookeeper://a'], { connect: silent });
    expect(code).toBe(7);
    expect(stdout).toMatch(/^FAIL +connection +zookeeper:\/\/a +Nothing answered within 20 ms\.$/m);
    expect(stdout).toContain('Check the host:port list');
  });
});
