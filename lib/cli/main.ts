#!/usr/bin/env node
/** The only toucher of `process`. Loads nothing that only some commands need: rxjs alone takes longer than all else. */
import { once } from 'node:events';
import { hostname, userInfo } from 'node:os';
import { cli } from './cli.js';
import type { Machine } from './context.js';
import { codeOf, codeOfSignal, ExitCode, InterruptedError } from './exit-code.js';

/** How long what is left open may keep us from ending, in ms. */
const LINGER_MS = 500;

/** Also Ctrl-Z: it would stop us alone, and the command would go on without us while another one leads. */
const PASSED_ON = ['SIGHUP', 'SIGQUIT', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2'] as const;

const interrupted = new AbortController();
const passing = new Set<(signal: NodeJS.Signals) => boolean>();

/** The first one ends the command cleanly; a second one goes to the command that we run, or ends us at once. */
function interrupt(signal: NodeJS.Signals): void {
  if (!interrupted.signal.aborted) interrupted.abort(new InterruptedError(signal));
  else if (![...passing].some((pass) => pass(signal))) process.exit(codeOfSignal(signal));
}

/** Listened to only while somebody passes them on: a listener takes a signal's default effect away. */
function passSignals(to: (signal: NodeJS.Signals) => boolean): () => void {
  passing.add(to);
  for (const signal of PASSED_ON) process.on(signal, to);
  return () => {
    passing.delete(to);
    for (const signal of PASSED_ON) process.off(signal, to);
  };
}

function user(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

const machine: Machine = {
  env: process.env,
  id: `${hostname()}-${process.pid}`,
  by: `${user()}@${hostname()}`,
  passSignals,
  kill: (pid, signal) => void process.kill(pid, signal),
  stdio: [process.stdin.isTTY ? 'ignore' : 'inherit', 'inherit', 'inherit'],
};

/** Output that could not be written, as on a full disk. */
let unwritten: Error | undefined;
/** Whoever read our output has gone, as in `succession watch … | head -1`, or it is lost: there is nothing left to do. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') unwritten ??= error;
  interrupted.abort(new InterruptedError('SIGPIPE'));
});
/** Whoever read our messages has gone: that is no reason to stop. */
process.stderr.on('error', () => undefined);
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

/** A pipe holds little, and whoever reads it may take its time: waits until it has everything, or a signal ends us. */
async function delivered(code: number): Promise<number> {
  if (interrupted.signal.aborted) return code;
  const taken = new Promise<number>((resolve) => process.stdout.write('', () => resolve(code)));
  const stopped = once(interrupted.signal, 'abort').then(() => codeOf(interrupted.signal.reason));
  return Promise.race([taken, stopped]);
}

/** A store without a socket would keep nothing waiting. */
const waiting = setInterval(() => undefined, 2 ** 30);
const { stdout, stderr } = process;
const code = await cli(process.argv.slice(2), { stdout, stderr, signal: interrupted.signal, machine });
process.exitCode = await delivered(code);
if (unwritten) {
  stderr.write(`succession: ${unwritten.message}\n`);
  process.exitCode = ExitCode.failure;
}
clearInterval(waiting);
setTimeout(() => process.exit(), LINGER_MS).unref();
