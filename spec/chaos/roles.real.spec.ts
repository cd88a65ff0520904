import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { within } from './support.js';

const program = fileURLToPath(new URL('../../.tmp/programs/spec/chaos/roles/run.js', import.meta.url));

/** Runs the command as `npm run chaos:roles` does; its exit code must agree with what it says. */
async function zombies(...args: string[]) {
  const child = spawn(process.execPath, [program, '--json', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  const code = await new Promise<number | null>((closed) => child.on('close', closed));
  const verdict = JSON.parse(out || '{}');
  expect(verdict.passed).toBe(code === 0);
  return verdict;
}

describe('owners of a role that are stopped with writes under way, while another claims', () => {
  it(
    'write nothing after the next claim, neither in ZooKeeper nor behind the fence of an SQLite file',
    within,
    async () => {
      const { violations, claims, outcomes, stale } = await zombies('--seed', '5', '--times', '20');
      expect(violations).toEqual([]);
      expect(claims).toBeGreaterThan(20);
      // They did try, and it would have done harm.
      expect(outcomes['ZooKeeper refused']).toBeGreaterThan(0);
      expect(outcomes['SQLite refused']).toBeGreaterThan(0);
      expect(stale).toBeGreaterThan(0);
    },
  );

  it.each(['unchecked', 'no-fence'])('would be seen to: %s', within, async (mutant) => {
    const { passed, violations } = await zombies('--seed', '5', '--times', '4', '--mutant', mutant);
    expect([passed, violations.length > 0]).toEqual([false, true]);
  });
});
