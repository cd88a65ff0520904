import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Verdict } from './report.js';

const program = fileURLToPath(new URL('../../.tmp/programs/spec/chaos/run.js', import.meta.url));

/** Runs the chaos command as `npm run chaos` does, in processes of its own, and returns its verdict. Its exit code must agree. */
export async function chaos(...args: string[]): Promise<Verdict> {
  if (!existsSync(program)) throw new Error('the programs are not built: npm run programs');
  const child = spawn(process.execPath, [program, '--json', ...args]);
  const [out, errors] = [text(child.stdout), text(child.stderr)];
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const code = await new Promise<number | null>((closed) => child.on('close', closed));
  clearTimeout(late);
  if (!out() || (code !== 0 && code !== 1)) throw new Error(`chaos ${args.join(' ')} ended with ${code}:\n${errors()}`);
  const verdict: Verdict = JSON.parse(out());
  if (verdict.passed !== (code === 0)) throw new Error(`exit code ${code} for ${out()}`);
  return verdict;
}

/** Its children, workers and servers, do not outlive it. */
const LIMIT_MS = 100_000;
export const within = { timeout: LIMIT_MS + 5_000 };

function text(stream: NodeJS.ReadableStream): () => string {
  let heard = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    heard += chunk;
  });
  return () => heard;
}

/** What a good verdict says, with everything that is wrong in the message of the failed expectation. */
export const flawless = { passed: true, violations: [], complaints: [] };
