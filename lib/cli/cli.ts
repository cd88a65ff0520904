/** The whole CLI as a function of what the process gives it, so that specs run it in-process. Never rejects. */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import type { Backend } from '../election/election.js';
import { InvalidOptionError } from '../errors.js';
import type { Command, Context, Machine } from './context.js';
import { codeOf, ExitCode, InterruptedError } from './exit-code.js';
import { hintFor } from './hints.js';
import { createOutput, type Output, type Sink } from './output.js';
import { createProgram } from './program.js';
import type { Common } from './start.js';

export interface Shell {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly signal: AbortSignal;
  readonly machine: Machine;
  /** URL → Backend. @default the package's `connect` */
  readonly connect?: (url: string) => Promise<Backend>;
}

/** How long to wait for an answer, in ms. */
const TIMEOUT_MS = 10_000;

/** `argv` without the interpreter and the script. Resolves with the exit code. */
export async function cli(argv: readonly string[], shell: Shell): Promise<number> {
  let code: number = ExitCode.ok;
  const start = async <A>(load: () => Promise<Command<A>>, args: A, common: Common) => {
    code = await runCommand(load, args, common, shell);
  };
  const stderr = (text: string) => void shell.stderr.write(text);
  const stdout = (text: string) => void shell.stdout.write(text);
  try {
    const width = shell.stdout.columns;
    await createProgram({ version: version(), start, stdout, stderr, width }).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    throw error;
  }
}

async function runCommand<A>(load: () => Promise<Command<A>>, args: A, common: Common, shell: Shell): Promise<number> {
  const out = createOutput({ ...shell, env: shell.machine.env, format: common.output });
  try {
    const context = await contextOf(common, shell, out);
    const command = await load();
    return await command(context, args);
  } catch (error) {
    return failed(error, out);
  }
}

async function contextOf({ connect: given, timeout }: Common, shell: Shell, out: Output): Promise<Context> {
  const url = given ?? shell.machine.env.SUCCESSION_URL;
  const { connect, withoutPassword } = await import('../connect.js');
  const open = shell.connect ?? connect;
  return {
    connect: async () => open(named(url)),
    out,
    signal: shell.signal,
    timeoutMs: timeout ?? TIMEOUT_MS,
    where: url ? withoutPassword(url) : 'nowhere',
    machine: shell.machine,
  };
}

/** Not every command needs a store: who does is told when it asks for one. */
function named(url: string | undefined): string {
  if (url) return url;
  throw new InvalidOptionError(
    'connect',
    url,
    'must name a store, such as zookeeper://localhost:2181; or set SUCCESSION_URL',
  );
}

/** Says what went wrong and what to do next; an interruption needs no words. */
function failed(error: unknown, out: Output): number {
  if (error instanceof InterruptedError) return codeOf(error);
  out.say(`succession: ${error instanceof Error ? error.message : String(error)}`);
  const hint = hintFor(error);
  if (hint) out.say(hint);
  return codeOf(error);
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
