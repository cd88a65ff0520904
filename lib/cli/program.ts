/** The grammar: commands, their options, their help. What a command does is loaded when it is asked for. */
import { Option, Command as Program } from 'commander';
import { formats } from './output.js';
import { addLocate, addRoles } from './roles.js';
import { commonOf, type Start } from './start.js';
import { duration, port } from './values.js';
import { addLock, addRun } from './working.js';

export interface Shape {
  readonly version: string;
  readonly start: Start;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Of the terminal, in columns. @default 110 */
  readonly width?: number;
}

/** Throws CommanderError instead of ending the process. */
export function createProgram({ version, start, stdout, stderr, width = 110 }: Shape): Program {
  const program = new Program('succession')
    .description('Leader election on ZooKeeper: who leads, who waits, and why.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: stdout, writeErr: stderr, getOutHelpWidth: () => width, getErrHelpWidth: () => width })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .option('-c, --connect <url>', 'where: zookeeper://host:port,host:port/chroot (default: $SUCCESSION_URL)')
    .addOption(new Option('-o, --output <format>', 'what stdout looks like').choices(formats).default('text'))
    .option('-t, --timeout <duration>', 'how long to wait for an answer, such as 500ms or 10s (default: 10s)', duration)
    .addHelpText('after', exitCodes);
  const all = [
    addList,
    addCandidates,
    addLeader,
    addWatch,
    addRun,
    addLock,
    addStepDown,
    addEvict,
    addRoles,
    addLocate,
    addDoctor,
    addServer,
  ];
  for (const add of all) add(program, start);
  return program;
}

const exitCodes = `
Exit codes: 0 ok, 1 failure, 2 usage, 3 no leader or condition not met, 4 not found, 5 guard mismatch, 6 timeout,
7 unreachable; "run" and "lock" pass on the exit code of their command; 128+n when ended by signal n.`;

function addList(program: Program, start: Start): void {
  program
    .command('list [root]')
    .description('every election below a path, one row each')
    .action((root: string | undefined) =>
      start(async () => (await import('./commands/list.js')).list, { root }, commonOf(program)),
    );
}

function addCandidates(program: Program, start: Start): void {
  program
    .command('candidates <election>')
    .description('the line of succession: who leads, who waits for whom')
    .option('-w, --watch', 'follow it: redrawn on a terminal, one JSON object for each change otherwise')
    .addHelpText(
      'after',
      '\nLines that start with "!" tell what a healthy line never shows for long.\nWith -o wide: who claimed, and children that no known library made.',
    )
    .action((election: string, { watch }: { watch?: boolean }) =>
      start(async () => (await import('./commands/candidates.js')).candidates, { election, watch }, commonOf(program)),
    );
}

function addLeader(program: Program, start: Start): void {
  program
    .command('leader <election>')
    .description("prints the leader's id; exits with 3 if nobody leads")
    .action((election: string) =>
      start(async () => (await import('./commands/leader.js')).leader, { election }, commonOf(program)),
    );
}

function addWatch(program: Program, start: Start): void {
  program
    .command('watch <election>')
    .description('leaderships as they come and go, until interrupted')
    .action((election: string) =>
      start(async () => (await import('./commands/watch.js')).watch, { election }, commonOf(program)),
    );
}

interface StepDownOptions {
  readonly to?: string;
  readonly expectLeader?: string;
  readonly reason?: string;
  readonly by?: string;
}

function addStepDown(program: Program, start: Start): void {
  program
    .command('step-down <election>')
    .description('asks the leader to hand over, and waits for the next leadership')
    .option('--to <id>', 'who should lead next')
    .option('--expect-leader <id>', 'do nothing unless this one leads (exit 5)')
    .option('--reason <text>', 'why, for the record')
    .option('--by <who>', 'who asks, for the record (default: user@host)')
    .addHelpText(
      'after',
      '\nThe leader drains its work first. --timeout is 30s here, unless given.\nExits with 3 if the one asked for, or anybody else, does not lead afterwards.',
    )
    .action((election: string, options: StepDownOptions) => {
      const common = commonOf(program);
      const args = { election, ...options, timeoutMs: common.timeout };
      return start(async () => (await import('./commands/step-down.js')).stepDown, args, common);
    });
}

function addEvict(program: Program, start: Start): void {
  program
    .command('evict <election> <id>')
    .description('removes a participant by force')
    .option('--reason <text>', 'why, for the record')
    .option('--by <who>', 'who asks, for the record (default: user@host)')
    .addHelpText(
      'after',
      "\nA leader is not drained: its work may run on beside the next one's. Prefer step-down.\nWho still runs stands again.",
    )
    .action((election: string, id: string, options: { reason?: string; by?: string }) =>
      start(async () => (await import('./commands/evict.js')).evict, { election, id, ...options }, commonOf(program)),
    );
}

function addDoctor(program: Program, start: Start): void {
  program
    .command('doctor [election]')
    .description('looks for what breaks elections: servers, session, clocks, permissions, the line itself')
    .addHelpText('after', '\nExits with 1 if anything is found that is an error.')
    .action((election: string | undefined) =>
      start(async () => (await import('./commands/doctor.js')).doctor, { election }, commonOf(program)),
    );
}

interface ServerOptions {
  readonly host?: string;
  readonly port: number;
  readonly tick?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

function addServer(program: Program, start: Start): void {
  program
    .command('server')
    .description('an embedded ZooKeeper for development and tests, until interrupted')
    .option('--port <port>', 'where to listen; 0 for a free one', port, 2181)
    .option('--host <host>', 'on which address (default: 127.0.0.1)')
    .option('--tick <duration>', 'sessions end on multiples of it (default: 100ms)', duration)
    .option('--tls-cert <file>', 'serve TLS, with this certificate (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--tls-ca <file>', 'ask clients for a certificate of this authority (PEM)')
    .addHelpText('after', serverHelp)
    .action((options: ServerOptions) =>
      start(async () => (await import('./commands/server.js')).server, options, commonOf(program)),
    );
}

const serverHelp = `
Not for production: one process, in memory, gone when it stops. Every ZooKeeper client connects to it. Prints its
connection string once it serves, and exits with 0 on SIGINT and SIGTERM.`;
