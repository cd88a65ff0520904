/** Who led when, as a picture: a row for each candidate, time from left to right. @pure */
import type { Belief } from './beliefs.js';

const [LEADS, NOT] = ['█', '·'] as const;

/** Each column stands for the instant in its middle, so two rows are filled in one column only where two led at once. */
export function timeline(beliefs: readonly Belief[], ids: readonly string[], end: number, columns = 60): string[] {
  const begin = Math.min(end, ...beliefs.map(({ from }) => from));
  const instants = Array.from({ length: columns }, (_, at) => begin + ((at + 0.5) * (end - begin)) / columns);
  const wide = Math.max(...ids.map((id) => id.length));
  const rows = ids.map((id) => {
    const own = beliefs.filter((belief) => belief.id === id);
    const led = (instant: number) => own.some(({ from, until }) => from <= instant && instant <= until);
    return `${id.padEnd(wide)}   ${instants.map((instant) => (led(instant) ? LEADS : NOT)).join('')}`;
  });
  const seconds = `${((end - begin) / 1000).toFixed(1)} s`;
  return [...rows, `${' '.repeat(wide)}   0 s${seconds.padStart(columns - 3)}`];
}
