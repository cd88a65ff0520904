/** The built CLI as a process: what it wrote, how it ended, signals to it. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Longer than any command of a spec may take, in ms: whatever still runs is killed, so that its spec fails. */
const DEADLINE_MS = 25_000;

export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
  /** 128+n if signal n ended it. */
  readonly code: Promise<number>;
  kill(signal: NodeJS.Signals): void;
  /** Closes our end of its stdout, as `head` does. */
  stopReading(): void;
  /** Takes nothing more of its stdout for now, as a pager does. */
  pauseReading(): void;
  resumeReading(): void;
}

/** Starts the CLI against a store, its stdout a pipe to us or a file. NO_COLOR and the like do not leak in from outside. */
export function succession(
  url: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stdout: 'pipe' | number = 'pipe',
): Running {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`);
  const child = spawn(process.execPath, [program, ...argv], {
    env: { PATH: process.env.PATH, SUCCESSION_URL: url, ...env },
    stdio: ['ignore', stdout, 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk;
  });
  const late = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const code = new Promise<number>((resolve) => {
    child.once('close', (exit, signal) => {
      clearTimeout(late);
      resolve(exit ?? 128 + constants.signals[signal as NodeJS.Signals]);
    });
  });
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return text.stdout;
    },
    get stderr() {
      return text.stderr;
    },
    get lines() {
      return text.stdout.split('\n').slice(0, -1);
    },
    code,
    kill: (signal) => void child.kill(signal),
    stopReading: () => void child.stdout?.destroy(),
    pauseReading: () => void child.stdout?.pause(),
    resumeReading: () => void child.stdout?.resume(),
    /** As an orchestrator ends it; the deadline above is the last resort. */
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      await code;
    },
  };
}

/** Runs it to its end. */
export async function ran(url: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const running = succession(url, argv, env);
  const code = await running.code;
  return { code, stdout: running.stdout, stderr: running.stderr, lines: running.lines };
}

/** True once a process can do nothing any more, be it reaped or not. */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return existsSync('/proc/self/stat') && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
