/** The CLI in-process: what it wrote, and how it ended. */
import type { Subject } from 'rxjs';
import { expect } from 'vitest';
import { cli, type Shell } from '../../lib/cli/cli.js';
import type { Machine } from '../../lib/cli/context.js';
import type { Sink } from '../../lib/cli/output.js';

export interface TextSink extends Sink {
  readonly text: string;
  readonly lines: readonly string[];
}

export function sink(terminal: { isTTY?: boolean; rows?: number } = {}): TextSink {
  const parts: string[] = [];
  return {
    ...terminal,
    write: (text) => void parts.push(text),
    get text() {
      return parts.join('');
    },
    get lines() {
      return parts.join('').split('\n').slice(0, -1);
    },
  };
}

export const machine: Machine = {
  env: {},
  id: 'here-1',
  by: 'anna@here',
  passSignals: () => () => undefined,
  kill: (pid, signal) => void process.kill(pid, signal),
  stdio: 'ignore',
};

/** A machine's `passSignals`, of the signals that a spec sends. */
export const passing =
  (signals$: Subject<NodeJS.Signals>): Machine['passSignals'] =>
  (to) => {
    const told = signals$.subscribe(to);
    return () => told.unsubscribe();
  };

/** A command under way: its output so far, its exit code when it comes, and a way to interrupt it. */
export interface Started {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly code: Promise<number>;
  interrupt(reason: unknown): void;
}

export function start(argv: readonly string[], shell: Partial<Shell> = {}): Started {
  const interrupted = new AbortController();
  const stdout = (shell.stdout as TextSink | undefined) ?? sink();
  const stderr = sink();
  const code = cli(argv, { signal: interrupted.signal, machine, ...shell, stdout, stderr });
  return { stdout, stderr, code, interrupt: (reason) => interrupted.abort(reason) };
}

/** Runs a command to its end. */
export async function ran(argv: readonly string[], shell: Partial<Shell> = {}) {
  const { stdout, stderr, code } = start(argv, shell);
  return { code: await code, stdout: stdout.text, stderr: stderr.text, lines: stdout.lines };
}

/** What a command says of itself. */
export async function help(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await ran([...argv, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}
