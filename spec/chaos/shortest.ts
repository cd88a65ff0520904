/** The least of a history that still shows a violation: what can be left out, is. @pure */
import { type Bounds, judge, type Violation } from './checker.js';
import type { Evidence, Occurrence } from './history.js';

const parts = ['spans', 'occurrences', 'faults', 'log', 'journal'] as const;

/** Halves, quarters … single entries are left out, as long as the judge still says the same. */
export function shortest(evidence: Evidence, bounds: Bounds, { law, what }: Violation): Evidence {
  const shows = (less: Evidence) => judge(less, bounds).some((one) => one.law === law && one.what === what);
  return parts.reduce<Evidence>((least, part) => without(least, part, shows), { ...evidence, bare: [], left: [] });
}

function without(evidence: Evidence, part: (typeof parts)[number], shows: (less: Evidence) => boolean): Evidence {
  let least = evidence;
  for (let size = least[part].length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < least[part].length; ) {
      const fewer = [...least[part].slice(0, at), ...least[part].slice(at + size)];
      const less = { ...least, [part]: fewer };
      if (shows(less)) least = less;
      else at += size;
    }
  }
  return least;
}

/** One line each, in order of time; what ZooKeeper committed and the file took, behind. */
export function tell({ spans, occurrences, faults, log, journal }: Evidence): string[] {
  const at = (instant: number, text: string) => ({ instant, text: `${instant.toFixed(3)}  ${text}` });
  const lines = [
    ...spans.map(({ from, until, who, kind, token }) =>
      at(from, `${who}: ${kind} under ${token} until ${until.toFixed(3)}`),
    ),
    ...occurrences.map((one) => at(one.at, `${one.who}: ${wordsOf(one)}`)),
    ...faults.map(({ name, target, from, until }) => at(from, `${name} of ${target} until ${until.toFixed(3)}`)),
  ];
  const timed = lines.sort((a, b) => a.instant - b.instant).map(({ text }) => text);
  const committed = log.map((txn) => `zxid ${txn.zxid}  session ${txn.session}: ${JSON.stringify(txn.changes)}`);
  return [...timed, ...committed, ...journal.map(({ token, value }) => `SQLite  ${value} with ${token}`)];
}

const wordsOf = ({ kind, value, store, token, outcome }: Occurrence): string =>
  [kind, value, store && `to ${store}`, token && `under ${token}`, outcome].filter(Boolean).join(' ');
