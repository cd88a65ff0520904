/** The line of succession as a table, and what is wrong with it. */
import type { Participant } from '../election/election.js';
import type { InspectedLine } from '../election/inspect.js';
import { type Format, instant, json, shortened, since, table } from './output.js';

const head = ['POS', 'ROLE', 'ID', 'HOST', 'SESSION', 'WAITS-FOR', 'AGE', 'DATA'];
const headWide = ['POS', 'ROLE', 'ID', 'HOST', 'PID', 'SESSION', 'WAITS-FOR', 'SINCE', 'NAME', 'DATA'];

/** How much of a participant's data a narrow table shows. */
const dataWidth = 40;

/** One row each, in order of succession, the head first. */
export function lineTable(participants: readonly Participant[], format: Format = 'text', now = Date.now()): string[] {
  const rows = participants.map((one) => {
    const first = [String(one.position), roleOf(one), one.id, one.host];
    const waits = idOf(one.waitsFor, participants);
    return format === 'wide'
      ? [...first, one.pid?.toString(), hex(one.session), waits, instant(one.since), one.name, dataOf(one)]
      : [...first, hex(one.session), waits, since(one.since, now), dataOf(one, dataWidth)];
  });
  return table(format === 'wide' ? headWide : head, rows);
}

const roleOf = ({ role, foreign }: Participant) => (foreign ? `${role} (foreign)` : role);

/** People know ids; the port names places. */
const idOf = (name: string | undefined, participants: readonly Participant[]) =>
  name === undefined ? undefined : (participants.find((one) => one.name === name)?.id ?? name);

function dataOf({ data }: Participant, width = Number.POSITIVE_INFINITY): string | undefined {
  return data === undefined ? undefined : shortened(json(data), width);
}

/** As JSON shows it, with every key. */
export const participantFields = (one: Participant) => ({
  ...one,
  session: hex(one.session),
  since: instant(one.since),
});

const hex = (session: bigint | undefined) => (session === undefined ? undefined : `0x${session.toString(16)}`);

export interface Anomaly {
  readonly code: 'duplicate-id' | 'unclaimed' | 'two-leaders' | 'broken-chain' | 'unknown-child';
  readonly subject: string;
  readonly text: string;
}

/** What a healthy line never shows for long. Unknown children are told only where they are looked for. */
export function anomaliesOf({ participants, unknown }: InspectedLine): Anomaly[] {
  return [
    ...duplicates(participants),
    ...claims(participants),
    ...chain(participants),
    ...unknown.map((name) => anomaly('unknown-child', name, 'was made by no known library and is ignored')),
  ];
}

const anomaly = (code: Anomaly['code'], subject: string, text: string): Anomaly => ({ code, subject, text });

function duplicates(participants: readonly Participant[]): Anomaly[] {
  const positions = new Map<string, number[]>();
  for (const { id, position } of participants) positions.set(id, [...(positions.get(id) ?? []), position]);
  return [...positions]
    .filter(([, at]) => at.length > 1)
    .map(([id, at]) =>
      anomaly('duplicate-id', id, `stands ${at.length} times, at ${at.join(' and ')}: ids must be unique`),
    );
}

function claims(participants: readonly Participant[]): Anomaly[] {
  const leaders = participants.filter(({ role }) => role === 'leader');
  const [first] = participants;
  if (leaders.length > 1)
    return [anomaly('two-leaders', leaders.map(({ id }) => id).join(', '), 'are both shown as leader')];
  if (!first || first.foreign || first.role === 'leader') return [];
  return [
    anomaly('unclaimed', first.id, 'is first in line but has not claimed: it waits for the last lease, or is stuck'),
  ];
}

function chain(participants: readonly Participant[]): Anomaly[] {
  return participants
    .filter((one, at) => one.waitsFor !== participants[at - 1]?.name)
    .map(({ id, waitsFor }) =>
      anomaly('broken-chain', id, `waits for ${waitsFor ?? 'nobody'}, not for the one directly ahead`),
    );
}
