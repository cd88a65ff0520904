/** `succession roles transfer|elect-preferred|drain|undrain|pause|resume`: what an operator may do to a group. */
import { type GroupAdmin, openRoleGroupAdmin } from '../../coordinator/index.js';
import { answer, type Command, type Context, whileWaiting, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { json, table } from '../output.js';

/** One order to the group at a root; resolves with the exit code once it has been obeyed. */
const order = (context: Context, group: string, give: (admin: GroupAdmin) => Promise<number>) =>
  withBackend(context, (backend) => whileWaiting(give(openRoleGroupAdmin(backend, group)), context.signal));

export const transfer: Command<{ group: string; role: string; node: string }> = (context, { group, role, node }) =>
  order(context, group, async (admin) => {
    const epoch = await admin.transfer(role, node, { deadlineMs: context.timeoutMs });
    const { term, token } = epoch;
    if (context.out.format === 'json') context.out.print(json({ group, owner: node, ...epoch }));
    else context.out.print(...table(['ROLE', 'OWNER', 'TERM', 'TOKEN'], [[role, node, `${term}`, `${token}`]]));
    return ExitCode.ok;
  });

export const electPreferred: Command<{ group: string; roles: readonly string[] }> = (context, { group, roles }) =>
  order(context, group, async (admin) => {
    const moves = await admin.electPreferred(roles.length > 0 ? roles : undefined, { deadlineMs: context.timeoutMs });
    if (context.out.format === 'json') context.out.print(...moves.map((move) => json({ group, ...move })));
    else if (moves.length > 0)
      context.out.print(
        ...table(
          ['ROLE', 'FROM', 'TO'],
          moves.map(({ role, from, to }) => [role, from, to]),
        ),
      );
    context.out.say(moves.length === 0 ? 'Every role is where it is preferred.' : `${moves.length} roles are moved.`);
    return ExitCode.ok;
  });

export const drain: Command<{ group: string; node: string; draining: boolean }> = (
  context,
  { group, node, draining },
) =>
  order(context, group, async (admin) => {
    await answer(draining ? admin.drain(node) : admin.undrain(node), context, `The order about ${node}`);
    const what = draining ? 'gets no more roles, and loses those it has' : 'may have roles again';
    context.out.say(`${node} ${what}.`);
    return ExitCode.ok;
  });

export const pause: Command<{ group: string; reason?: string }> = (context, { group, reason }) =>
  order(context, group, async (admin) => {
    await answer(admin.pauseBalancing(reason ?? `paused by ${context.machine.by}`), context, 'The order to pause');
    context.out.say('No role is moved for balance; those without an owner are placed all the same.');
    return ExitCode.ok;
  });

export const resume: Command<{ group: string }> = (context, { group }) =>
  order(context, group, async (admin) => {
    await answer(admin.resumeBalancing(), context, 'The order to resume');
    context.out.say('Roles are balanced again.');
    return ExitCode.ok;
  });
