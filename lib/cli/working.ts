/** The grammar of the commands that run another one. */
import type { Command as Program } from 'commander';
import { commonOf, type Start } from './start.js';
import { count, duration } from './values.js';

interface RunOptions {
  readonly id?: string;
  readonly restart?: boolean;
  readonly drain?: number;
}

export function addRun(program: Program, start: Start): void {
  program
    .command('run <election> <command> [arguments...]')
    .usage('[options] <election> -- <command> [arguments...]')
    .description('runs a command only while leading')
    .option('--id <id>', 'who we are, unique in the election (default: host-pid)')
    .option('--restart', 'keep standing: start again when the command ends, and wait again when leadership does')
    .option('--drain <duration>', 'from SIGTERM to SIGKILL when leadership ends (default: 10s)', duration)
    .addHelpText('after', runHelp)
    .action((election: string, command: string, args: string[], { drain, ...options }: RunOptions) =>
      start(
        async () => (await import('./commands/run.js')).run,
        { election, command, args, drainMs: drain, ...options },
        commonOf(program),
      ),
    );
}

const runHelp = `
The command finds SUCCESSION_TOKEN, SUCCESSION_ELECTION and SUCCESSION_ID in its environment: give the token to what it
writes to, and let that refuse smaller ones. It runs in a process group of its own; signals go to the whole group.
Exits with the command's code (128+n if signal n ended it), 126 or 127 if it cannot be started, and 3 if leadership was
lost without --restart.`;

interface LockOptions {
  readonly id?: string;
  readonly permits?: number;
  readonly try?: boolean;
  readonly wait?: number;
  readonly drain?: number;
}

export function addLock(program: Program, start: Start): void {
  program
    .command('lock <name> <command> [arguments...]')
    .usage('[options] <name> -- <command> [arguments...]')
    .description('runs a command once, while holding a lock')
    .option('--id <id>', 'who we are (default: host-pid)')
    .option('--permits <count>', 'how many may hold it at once, the same for all who ask (default: 1)', count)
    .option('--try', 'do not wait: exit with 3 if somebody else holds it')
    .option('--wait <duration>', 'how long to wait in line; exit with 6 after that (default: for ever)', duration)
    .option('--drain <duration>', 'from SIGTERM to SIGKILL when the lock is lost (default: 10s)', duration)
    .addHelpText('after', lockHelp)
    .action((name: string, command: string, args: string[], { drain, wait, ...options }: LockOptions) =>
      start(
        async () => (await import('./commands/lock.js')).lock,
        { name, command, args, drainMs: drain, waitMs: wait, ...options },
        commonOf(program),
      ),
    );
}

const lockHelp = `
The command finds SUCCESSION_TOKEN and SUCCESSION_LOCK in its environment: give the token to what it writes to, and let
that refuse smaller ones. Exits with the command's code (128+n if signal n ended it), 126 or 127 if it cannot be
started, and with 3 if the lock was lost before the command had ended.`;
