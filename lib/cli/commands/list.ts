/** `succession list`: every election below a path, one row each. */
import type { ElectionSummary } from '../../election/election.js';
import { answer, type Command, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { instant, json, type Output, since, table } from '../output.js';

export const list: Command<{ root?: string }> = (context, { root }) =>
  withBackend(context, async (backend) => {
    const found = await answer(backend.elections(root), context, 'Listing the elections');
    if (found.length === 0) context.out.say(`No elections${root ? ` below ${root}` : ''}.`);
    context.out.print(...show(found, context.out));
    return ExitCode.ok;
  });

function show(found: readonly ElectionSummary[], { format }: Output): string[] {
  if (format === 'json') return found.map((each) => json({ ...each, since: instant(each.since) }));
  return found.length === 0 ? [] : table(head, found.map(rowOf(format === 'wide')));
}

const head = ['NAME', 'LEADER', 'CANDIDATES', 'SINCE', 'TOKEN'];

const rowOf = (wide: boolean) => (each: ElectionSummary) => [
  each.name,
  each.leader,
  String(each.candidates),
  wide ? instant(each.since) : since(each.since),
  each.token?.toString(),
];
