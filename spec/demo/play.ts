/** The demo as `npm start` runs it: what it wrote, and how it ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const program = fileURLToPath(new URL('../../.tmp/programs/spec/demo/start.js', import.meta.url));

export async function play(env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ text: string; code: number }> {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run programs`);
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 55_000);
  const [code] = await once(child, 'close');
  clearTimeout(late);
  return { text, code };
}

/** Whatever the server: three turns with their gaps, in the summary, and no two at once. */
export function expectTheStory(text: string): void {
  expect(text).toMatch(/^ {3}ada stood first +ada +\d+ +[\d.]+ m?s$/m);
  expect(text).toMatch(/^ {3}ada resigned +ben +\d+ +[\d.]+ ms$/m);
  expect(text).toMatch(/^ {3}ben was killed +cleo +\d+ +[\d.]+ s$/m);
  expect(text).toMatch(/^ {3}cleo was paused +ada +\d+ +[\d.]+ s$/m);
  expect(text).toContain('The first thing its isLeader() said was no; it stands again.');
  expect(text).toContain('At no instant did two of them say they lead');
  expect(text).not.toContain('\u001b');
}
