/** `succession evict`: removes a participant by force, and says what that risks. */
import type { Participant } from '../../election/election.js';
import { type Command, whileWaiting, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { hex } from '../line.js';
import { instant, json, type Output, printable } from '../output.js';

export interface EvictArgs {
  readonly election: string;
  readonly id: string;
  readonly reason?: string;
  readonly by?: string;
}

export const evict: Command<EvictArgs> = (context, { election, id, reason, by = context.machine.by }) =>
  withBackend(context, async (backend) => {
    const evicted = await whileWaiting(backend.election(election).evict(id, { reason, by }), context.signal);
    context.out.print(show(evicted, election, context.out));
    context.out.say(risk(evicted));
    return ExitCode.ok;
  });

function show(evicted: Participant, election: string, { format }: Output): string {
  const { id, role, position, session, since } = evicted;
  if (format !== 'json') return printable(`evicted ${id}, ${role} at position ${position}`);
  return json({ election, evicted: { ...evicted, session: hex(session), since: instant(since) } });
}

function risk({ id, role }: Participant): string {
  const again = `If ${id} still runs, it stands again, at the end of the line: stop it to keep it out.`;
  if (role !== 'leader') return again;
  const overlap = `Its work was not drained: until ${id} notices, or its lease ends, the old work may run on, and only fencing tokens keep it from the next leader's data.`;
  return `${overlap} ${again}`;
}
