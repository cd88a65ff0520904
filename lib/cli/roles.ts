/** The grammar of the commands about role groups. */
import type { Command as Program } from 'commander';
import type { Command } from './context.js';
import { commonOf, type Start } from './start.js';

type Admin = typeof import('./commands/roles-admin.js');

/** A command of `commands/roles-admin.ts`, loaded when it is asked for. */
const admin =
  <A>(pick: (all: Admin) => Command<A>) =>
  async () =>
    pick(await import('./commands/roles-admin.js'));

export function addLocate(program: Program, start: Start): void {
  program
    .command('locate <group> <key>')
    .description('who owns the role of a key, and where; exits with 3 if nobody does')
    .action((group: string, key: string) =>
      start(async () => (await import('./commands/locate.js')).locate, { group, key }, commonOf(program)),
    );
}

export function addRoles(program: Program, start: Start): void {
  const roles = program.command('roles').description('role groups: who owns what; to move, drain, pause');
  roles
    .command('show <group>', { isDefault: true })
    .description('every role of a group: who should own it, who does, in which term; and how they are spread')
    .option('--owner <node>', 'only the roles of this node')
    .option('--role <role>', 'only this role')
    .action((group: string, options: { owner?: string; role?: string }) =>
      start(async () => (await import('./commands/roles.js')).roles, { group, ...options }, commonOf(program)),
    );
  roles
    .command('transfer <group> <role> <node>')
    .description('moves a role, and waits until its new owner has it')
    .action((group: string, role: string, node: string) =>
      start(
        admin((all) => all.transfer),
        { group, role, node },
        commonOf(program),
      ),
    );
  roles
    .command('elect-preferred <group> [roles...]')
    .description('moves roles (all of them) to the nodes that they prefer')
    .action((group: string, chosen: string[]) =>
      start(
        admin((all) => all.electPreferred),
        { group, roles: chosen },
        commonOf(program),
      ),
    );
  addNodes(roles, program, start);
  roles
    .command('pause <group>')
    .description('moves nothing for the sake of balance, until resume')
    .option('--reason <text>', 'why, for the record')
    .action((group: string, { reason }: { reason?: string }) =>
      start(
        admin((all) => all.pause),
        { group, reason },
        commonOf(program),
      ),
    );
  roles
    .command('resume <group>')
    .description('balances again')
    .action((group: string) =>
      start(
        admin((all) => all.resume),
        { group },
        commonOf(program),
      ),
    );
}

function addNodes(roles: Program, program: Program, start: Start): void {
  const say = { drain: 'takes every role from a node, and gives it none', undrain: 'lets a node have roles again' };
  for (const name of ['drain', 'undrain'] as const)
    roles
      .command(`${name} <group> <node>`)
      .description(say[name])
      .action((group: string, node: string) =>
        start(
          admin((all) => all.drain),
          { group, node, draining: name === 'drain' },
          commonOf(program),
        ),
      );
}
