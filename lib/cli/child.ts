/**
 * The command of `succession run`, as a process group of its own: what a shell script left in the background would go
 * on working for a leadership that is over, so the whole group is told, and it has ended when nobody of it is left.
 *
 * A group of its own is not the terminal's: Ctrl-C reaches us alone and is passed on, Ctrl-Z stops neither us nor a
 * command that does not ask for it, and the terminal cannot be read.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { filter, firstValueFrom, interval, takeUntil, timer } from 'rxjs';
import type { Machine } from './context.js';
import { codeOfSignal, ExitCode } from './exit-code.js';
import { type Group, groupOf } from './process-group.js';

export interface Job {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From the first signal to SIGKILL, in ms. */
  readonly drainMs: number;
}

export interface Child {
  /** False if the command is not there or cannot be executed: trying again is no use. `unstartable` tells it. */
  readonly started: boolean;
  /** The exit code as shells tell it (128 + n for a signal), once nobody of the group is left. Never rejects. */
  readonly ended: Promise<number>;
  /** To the whole group. */
  send(signal: NodeJS.Signals): void;
  /** Asks the group to end, and insists with SIGKILL after the drain time. Idempotent. */
  stop(signal: NodeJS.Signals): void;
}

/** Of a command that was not started, by its exit code. */
export const unstartable = (code: number) =>
  code === ExitCode.commandNotFound
    ? 'cannot be started: no such command'
    : 'cannot be started: it is no program, or is given too much';

/** How often we look whether the group is gone, and how long after a SIGKILL, in ms. */
const LOOK_MS = 20;
const REAP_MS = 1_000;

export function startChild({ command, args, env, drainMs }: Job, machine: Machine): Child {
  const guard = startGuard();
  try {
    const child = spawn(command, args, { detached: true, env, stdio: machine.stdio });
    guard.watch(child.pid);
    return childOf(child, guard, drainMs, machine);
  } catch (error) {
    // Most reasons come as an event, some at once: a path below a file, more arguments than a process can be given.
    guard.dismiss();
    return {
      started: false,
      ended: Promise.resolve(codeOfFailure(error)),
      send: () => undefined,
      stop: () => undefined,
    };
  }
}

function childOf(child: ChildProcess, guard: Guard, drainMs: number, machine: Machine): Child {
  const group = groupOf(child.pid, machine);
  let stopping: (() => void) | undefined;
  const ended = exitOf(child)
    .then((code) => cleared(group, drainMs).then(() => code))
    .finally(() => {
      stopping?.();
      guard.dismiss();
    });
  const stop = (signal: NodeJS.Signals) => {
    group.send(signal);
    const insisting = timer(drainMs).subscribe(() => group.send('SIGKILL'));
    return () => insisting.unsubscribe();
  };
  return {
    started: child.pid !== undefined,
    ended,
    send: group.send,
    stop: (signal) => (stopping ??= stop(signal)),
  };
}

const codeOfFailure = (error: unknown) =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? ExitCode.commandNotFound : ExitCode.cannotExecute;

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(codeOfFailure(error));
    });
    child.once('exit', (code, signal) => resolve(code ?? codeOfSignal(signal as NodeJS.Signals)));
  });
}

/** What the command left behind gets the same notice as the command itself. */
async function cleared(group: Group, drainMs: number): Promise<void> {
  if (!group.alive()) return;
  group.send('SIGTERM');
  await gone(group, drainMs);
  if (!group.alive()) return;
  group.send('SIGKILL');
  await gone(group, REAP_MS);
}

/** Resolves when nobody is left, or at the deadline. */
function gone(group: Group, withinMs: number): Promise<unknown> {
  const looks$ = interval(LOOK_MS).pipe(takeUntil(timer(withinMs)));
  return firstValueFrom(looks$.pipe(filter(() => !group.alive())), { defaultValue: undefined });
}

interface Guard {
  /** From now on the group does not outlive us. */
  watch(group: number | undefined): void;
  dismiss(): void;
}

/**
 * If we die without a word (SIGKILL, out of memory), the command must not go on: a shell that holds the other end of a
 * pipe notices and ends the group. The session outlives us by its timeout, so the next leader comes after that.
 */
function startGuard(): Guard {
  const script = 'read -r g && { read -r _; kill -s TERM -- "-$g"; sleep 1; kill -s KILL -- "-$g"; }';
  const shell = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.once('error', () => undefined);
  shell.stdin.once('error', () => undefined);
  shell.unref();
  return {
    watch: (group) => void (group !== undefined && shell.stdin.write(`${group}\n`)),
    dismiss: () => void shell.kill('SIGKILL'),
  };
}
