/**
 * `succession lock`: a command that runs while this process holds a lock, once.
 *
 * The lock is held until the command and everything it started is dead. When it is lost without us the command is
 * ended, but the next holder does not wait for that: there only the token tells the two apart.
 */
import { DeadlineError } from '../../errors.js';
import { createLock, createSemaphore, type Held, type Lock } from '../../lock/index.js';
import { type Child, startChild, unstartable } from '../child.js';
import { type Command, type Context, withBackend } from '../context.js';
import { codeOf, ExitCode, InterruptedError } from '../exit-code.js';

export interface LockArgs {
  readonly name: string;
  readonly id?: string;
  /** How many may hold at once. @default 1 */
  readonly permits?: number;
  /** Not to wait in line. */
  readonly try?: boolean;
  /** How long to wait in line, in ms. @default for ever */
  readonly waitMs?: number;
  /** From SIGTERM to SIGKILL, in ms. @default 10000 */
  readonly drainMs?: number;
  readonly command: string;
  readonly args: readonly string[];
}

export const lock: Command<LockArgs> = (context, args) =>
  withBackend(context, async (backend) => {
    const { name, permits = 1, id = context.machine.id } = args;
    const asked = permits === 1 ? createLock(backend, name, { id }) : createSemaphore(backend, name, { id, permits });
    const held = await taken(asked, context, args);
    if (typeof held === 'number') return held;
    try {
      return await runWith(held, context, args);
    } finally {
      await held.release();
    }
  });

/** The lock, or the exit code if it was not to be had. */
function taken(asked: Lock, context: Context, args: LockArgs): Promise<Held | number> {
  return args.try ? tried(asked, context, args) : waitedFor(asked, context, args);
}

async function tried(asked: Lock, { out, signal, timeoutMs }: Context, { name }: LockArgs): Promise<Held | number> {
  const held = await asked.tryAcquire({ signal, timeoutMs });
  if (held) return held;
  out.say(`${name}: somebody else holds it`);
  return ExitCode.conditionNotMet;
}

async function waitedFor(asked: Lock, { out, signal }: Context, { waitMs }: LockArgs): Promise<Held | number> {
  try {
    return await asked.acquire({ signal, timeoutMs: waitMs ?? Number.POSITIVE_INFINITY });
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    out.say(`succession: ${error.message}`);
    out.say('It has left the line: wait longer with --wait.');
    return codeOf(error);
  }
}

/** Runs the command to its end. A signal to us, or the loss of the lock, ends it. */
async function runWith(held: Held, context: Context, args: LockArgs): Promise<number> {
  const { out, machine, signal } = context;
  const child = start(held, context, args);
  const lost = () => child.stop('SIGTERM');
  const interrupted = () => child.stop(signal.reason instanceof InterruptedError ? signal.reason.signal : 'SIGTERM');
  const endPassing = machine.passSignals((sent) => {
    child.send(sent);
    return true;
  });
  held.signal.addEventListener('abort', lost);
  signal.addEventListener('abort', interrupted);
  if (held.signal.aborted) lost();
  if (signal.aborted) interrupted();
  try {
    const code = await child.ended;
    if (!child.started) out.say(`${args.name}: ${args.command} ${unstartable(code)}`);
    if (held.isValid() || signal.aborted || !child.started) return code;
    out.say(`${args.name}: the lock was lost before ${args.command} had ended`);
    return ExitCode.conditionNotMet;
  } finally {
    endPassing();
    held.signal.removeEventListener('abort', lost);
    signal.removeEventListener('abort', interrupted);
  }
}

function start({ token }: Held, { machine, out }: Context, { name, command, args, drainMs = 10_000 }: LockArgs): Child {
  out.say(`${name}: holds it with token ${token} and runs ${command}`);
  const env = { ...machine.env, SUCCESSION_TOKEN: String(token), SUCCESSION_LOCK: name };
  return startChild({ command, args, env, drainMs }, machine);
}
