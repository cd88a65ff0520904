/** Is the chain whole? @pure */
import type { Participant } from '../election/election.js';
import type { Finding, InspectedLine, Severity } from '../election/inspect.js';

export const finding = (severity: Severity, code: string, subject: string, text: string, remedy?: string): Finding => ({
  severity,
  code,
  subject,
  text,
  ...(remedy && { remedy }),
});

/** What is odd about a line, or one finding that nothing is. */
export function chainFindings(path: string, line: InspectedLine): Finding[] {
  const odd = [...unknownChildren(path, line), ...unclaimed(path, line), ...persistent(path, line)];
  return odd.length > 0
    ? odd
    : [
        finding(
          'ok',
          'chain-whole',
          path,
          `${line.participants.length} in line, each waits for the one directly ahead.`,
        ),
      ];
}

const unknownChildren = (path: string, { unknown }: InspectedLine): Finding[] =>
  unknown.map((name) =>
    finding(
      'warning',
      'unknown-child',
      `${path}/${name}`,
      'A child of no known naming: it is ignored in the line.',
      'Delete it if nobody needs it.',
    ),
  );

function unclaimed(path: string, { participants: [first], record }: InspectedLine): Finding[] {
  if (!first || first.foreign || record?.holder === first.name) return [];
  return [
    finding(
      'warning',
      'claim-missing',
      path,
      `${first.id} is first in line but has not claimed.`,
      'If this lasts, its process hangs: evict it.',
    ),
  ];
}

/** A candidate's znode must die with its session. */
const persistent = (path: string, { participants }: InspectedLine): Finding[] =>
  participants
    .filter(({ session }: Participant) => session === undefined)
    .map(({ name }) =>
      finding(
        'error',
        'candidate-persistent',
        `${path}/${name}`,
        'Looks like a candidate but belongs to no session: it would block the line for ever.',
        'Delete it.',
      ),
    );
