/** A leader in one line, the same for every command that shows one. */
import type { Leader } from '../election/election.js';
import { type Format, instant, json, printable, since } from './output.js';

/** `text`: the id alone; `wide`: with token and time; `json`: everything. */
export function leaderLine(election: string, leader: Leader, format: Format): string {
  if (format === 'json') return json({ election, ...leaderFields(leader) });
  if (format === 'text') return printable(leader.id);
  return [printable(leader.id), ...details(leader)].join('   ');
}

/** As JSON shows it, with every key. */
export function leaderFields({ id, token, since: claimed, data, foreign }: Leader) {
  return { id, token, since: instant(claimed), data, foreign };
}

/** What is known beside the id. */
export function details({ token, since: claimed, foreign }: Leader): string[] {
  return [
    ...(token === undefined ? [] : [`token ${token}`]),
    ...(claimed === undefined ? [] : [`for ${since(claimed)}`]),
    ...(foreign ? ['foreign'] : []),
  ];
}
