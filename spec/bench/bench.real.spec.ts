import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, it } from 'vitest';

const program = '.tmp/programs/spec/bench/run.js';
const tiny = '--sizes 2,3 --samples 3 --warmup 3 --crowd 5'.split(' ');

const bench = (...options: string[]) =>
  promisify(execFile)('node', ['--expose-gc', program, ...tiny, ...options], { timeout: 25_000 });

beforeAll(() => {
  if (!existsSync(program)) spawnSync('npm', ['run', '--silent', 'programs'], { stdio: 'inherit' });
}, 120_000);

it('runs, and prints what it measures beside the floor of the same run', async () => {
  const { stdout } = await bench('--server', inject('zookeeper'));
  expect(stdout).toMatch(/^node v\d+\.\d+\.\d+, \d+ cores/);
  expect(stdout).toMatch(
    /candidates +sessions +ours p50 +p99 +client p50 +p99 +sockets p50 +p99 +ours\/client +ours\/sockets +no pause p50 +p99/,
  );
  expect(stdout).toMatch(/\b3 +own( +\d+\.\d\d){10}\n/);
  expect(stdout).toMatch(/\b3 +one( +\d+\.\d\d){10}\n/);
});

it('counts the requests of a hand-over on the wire: one of the leader, and the three of the claim', async () => {
  const { stdout } = await bench('--server', inject('zookeeper'), '--only', 'wire');
  expect(stdout).toMatch(/3 +leader +1 .* multi\n/);
  expect(stdout).toMatch(/3 +successor +3 +\d+ +\d+ +getData getData multi\n/);
});

it('locks and unlocks beside the bare client', async () => {
  const { stdout } = await bench('--server', inject('zookeeper'), '--only', 'locks');
  expect(stdout).toMatch(
    /who want it +locks\/s +p50 ms +p99 +bare pairs\/s +p50 ms +p99 +bare\/lock\n +1( +\d+(\.\d\d)?){7}\n +8/,
  );
});

it('says what it does not understand', async () => {
  await expect(bench('--only', 'everything')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /--only is of handover, wire, join, memory, locks, not everything[\s\S]*npm run bench/,
    ),
  });
});
