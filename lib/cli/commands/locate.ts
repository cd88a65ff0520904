/** `succession locate`: which role a key belongs to, who owns it, and where that owner is. */
import { filter } from 'rxjs';
import { type OwnerView, openLocator } from '../../coordinator/index.js';
import { answer, type Command, type Context, whileWaiting, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { json, table } from '../output.js';

export const locate: Command<{ group: string; key: string }> = (context, { group, key }) =>
  withBackend(context, async (backend) => {
    const { timeoutMs, signal } = context;
    const locator = await whileWaiting(openLocator(backend, group, { timeoutMs }), signal);
    const role = locator.roleOf(key);
    const known$ = locator.owner$(key).pipe(filter(({ status }) => status !== 'stale'));
    return show(await answer(known$, context, `Finding the owner of ${role}`), role, key, context);
  });

function show(view: OwnerView, role: string, key: string, { out }: Context): number {
  if (view.status !== 'owned') {
    if (out.format === 'json') out.print(json({ key, role, owner: undefined }));
    else out.say(`Nobody owns ${role} now.`);
    return ExitCode.conditionNotMet;
  }
  const { owner, epoch } = view;
  const { term, token } = epoch;
  if (out.format === 'json') out.print(json({ key, role, owner, term, token }));
  else
    out.print(
      ...table(
        ['ROLE', 'OWNER', 'ADDRESS', 'TERM', 'TOKEN'],
        [[role, owner.node, owner.address, `${term}`, `${token}`]],
      ),
    );
  return ExitCode.ok;
}
