/** One mutant on a real ensemble. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Verdict } from '../../chaos/report.js';

/** Which law it broke, and after how many elections and faults; needs `npm run build`. */
export async function tryForReal(
  programs: string,
  words: readonly string[],
): Promise<{ by: string | undefined; after: string }> {
  const run = spawn(process.execPath, [join(programs, 'spec/chaos/run.js'), ...words, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [out] = await Promise.all([text(run.stdout), once(run, 'exit')]);
  const { violations, summary }: Verdict = JSON.parse(out);
  const faults = summary.faults.reduce((sum, { count }) => sum + count, 0);
  return {
    by: violations[0] && `ensemble: ${violations[0].law}`,
    after: `${summary.elections} elections, ${faults} faults`,
  };
}
