import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Verdict } from './chaos.js';

const program = fileURLToPath(new URL('../../.tmp/programs/spec/redis/chaos.js', import.meta.url));
const LIMIT_MS = 100_000;
const within = { timeout: LIMIT_MS + 5_000 };

/** Runs the command as `npm run chaos:redis` does. Latency has slack: the specs share the machine. Safety has none. */
async function chaos(...args: string[]): Promise<Verdict> {
  if (!existsSync(program)) throw new Error('the programs are not built: npm run programs');
  const child = spawn(process.execPath, [program, '--json', '--slack-ms', '8000', ...args]);
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const code = await new Promise<number | null>((closed) => child.on('close', closed));
  clearTimeout(late);
  if (!out) throw new Error(`chaos ${args.join(' ')} ended with ${code}:\n${errors}`);
  return JSON.parse(out);
}

describe('four candidate processes on one Redis', () => {
  it(
    'never lead two at a time, with tokens that rise, whoever is killed, asleep, cut off or has forgotten',
    within,
    async () => {
      const verdict = await chaos('--runs', '14', '--seed', '1');
      expect(verdict).toMatchObject({ passed: true, violations: [], left: [], runs: 14 });
      expect(verdict.elections).toBeGreaterThan(5);
    },
  );

  it('would be seen to: one that believes a flag after it was asleep is caught', within, async () => {
    const { passed, violations } = await chaos('--runs', '2', '--seed', '1', '--mutant', 'flag');
    expect(passed).toBe(false);
    expect(violations.map(({ law }) => law)).toContain('one leader');
  });
});
