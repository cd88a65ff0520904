/** `succession evict`: says what it risks, then removes a participant by force. */
import type { Participant } from '../../election/election.js';
import { answer, type Command, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { participantFields } from '../line.js';
import { json, type Output, printable } from '../output.js';

export interface EvictArgs {
  readonly election: string;
  /** Or a place's name, where an id stands twice. */
  readonly id: string;
  readonly reason?: string;
  readonly by?: string;
}

export const evict: Command<EvictArgs> = (context, { election: name, id, reason, by = context.machine.by }) =>
  withBackend(context, async (backend) => {
    const election = backend.election(name);
    const line = await answer(election.participants$, context, `Reading the line of ${name}`);
    const concerned = line.filter((one) => one.id === id || one.name === id);
    for (const one of concerned) context.out.say(risk(one));
    await answer(election.evict(id, { reason, by }), context, `Evicting ${id}`);
    context.out.print(...concerned.map((one) => show(one, name, context.out)));
    return ExitCode.ok;
  });

function show(evicted: Participant, election: string, { format }: Output): string {
  if (format === 'json') return json({ election, evicted: participantFields(evicted) });
  return printable(`evicted ${evicted.id}, ${evicted.role} at position ${evicted.position}`);
}

function risk({ id, role }: Participant): string {
  const again = `If ${id} still runs, it stands again at the end of the line: stop it to keep it out.`;
  if (role !== 'leader') return again;
  return `${id} leads, and its work is not drained: until it notices or its lease ends that work may run on, and only fencing tokens keep it from what the next leader does. ${again}`;
}
