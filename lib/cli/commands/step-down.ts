/** `succession step-down`: asks the leader to hand over, waits for the next leadership, and tells what came of it. */
import type { Leader, StepDown, StepDownOptions } from '../../election/election.js';
import { type Command, type Context, whileWaiting, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { leaderFields } from '../leader-line.js';
import { json, type Output, table } from '../output.js';

export type StepDownArgs = { election: string } & StepDownOptions;

export const stepDown: Command<StepDownArgs> = (context, { election, ...options }) =>
  withBackend(context, async (backend) => {
    const by = options.by ?? context.machine.by;
    const asked = performance.now();
    const outcome = await whileWaiting(backend.election(election).stepDown({ ...options, by }), context.signal);
    context.out.print(...show(outcome, election, performance.now() - asked, context.out));
    return verdict(outcome, options.to, context);
  });

function show({ before, after }: StepDown, election: string, tookMs: number, { format }: Output): string[] {
  const [from, to] = [leaderFields(before), leaderFields(after)];
  if (format === 'json') return [json({ election, before: from, after: to, tookMs: Math.round(tookMs) })];
  return table(['', 'LEADER', 'TOKEN'], [rowOf('before', before), rowOf('after', after)]);
}

const rowOf = (when: string, { id, token }: Leader) => [when, id, token?.toString()];

/** Somebody else leads, and the one that was asked for: only then it is as asked. */
function verdict({ before, after }: StepDown, to: string | undefined, { out }: Context): number {
  const met = to === undefined ? after.id !== before.id : after.id === to;
  if (met) out.say(`${before.id} handed over to ${after.id}.`);
  else if (after.id === before.id) out.say(`${before.id} stepped down, but leads again: nobody else stood ready.`);
  else out.say(`${before.id} stepped down, but ${after.id} leads instead of ${to}.`);
  return met ? ExitCode.ok : ExitCode.conditionNotMet;
}
