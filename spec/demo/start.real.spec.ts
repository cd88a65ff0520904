import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';

const program = fileURLToPath(new URL('../../.tmp/programs/spec/demo/start.js', import.meta.url));

it('npm start shows a resignation, a kill and a pause, how long each left nobody in the lead, and ends with 0', async () => {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run programs`);
  const env = { PATH: process.env.PATH, SUCCESSION_URL: `zookeeper://${inject('zookeeper')}` };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 55_000);
  const [code] = await once(child, 'close');
  clearTimeout(late);
  expect(text).toMatch(/^ {3}ada resigned +ben +[\d.]+ ms$/m);
  expect(text).toMatch(/^ {3}ben killed +cleo +[\d.]+ s$/m);
  expect(text).toMatch(/^ {3}cleo paused +ada +[\d.]+ s$/m);
  expect(text).toContain('The first thing its isLeader() said was no; it stands again.');
  expect(text).toContain('At no instant did two of them say they lead');
  expect(text).not.toContain('\u001b');
  expect(code).toBe(0);
}, 60_000);
