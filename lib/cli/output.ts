/**
 * What people and scripts read: data on stdout, messages on stderr. Tables have no borders, so `awk` and `cut` can read
 * them; JSON is one object a line. Nothing a participant chose (an id, its data) can move the cursor or colour a line.
 */
import { styleText } from 'node:util';

export type Format = 'text' | 'json' | 'wide';
export const formats = ['text', 'json', 'wide'] as const satisfies readonly Format[];

type Style = Parameters<typeof styleText>[0];

/** The part of a stream we need. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
}

export interface Output {
  readonly format: Format;
  /** Data, a line each. */
  print(...lines: readonly string[]): void;
  /** A message. */
  say(line: string): void;
  /** Coloured where stdout takes colour. */
  paint(style: Style, text: string): string;
  /** True if stdout is a terminal and the format is for people. */
  readonly live: boolean;
  /** Replaces what is on the terminal. */
  draw(lines: readonly string[]): void;
}

export interface OutputOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly format?: Format;
}

export function createOutput({ stdout, stderr, env = {}, format = 'text' }: OutputOptions): Output {
  const colour = takesColour(stdout, env);
  let drawn = false;
  return {
    format,
    print: (...lines) => void stdout.write(lines.map((line) => `${line}\n`).join('')),
    say: (line) => void stderr.write(`${printable(line)}\n`),
    paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
    live: stdout.isTTY === true && format !== 'json',
    draw: (lines) => {
      stdout.write((drawn ? '' : CLEAR) + frame(fitting(lines, stdout.rows || 24)));
      drawn = true;
    },
  };
}

/** https://no-color.org; FORCE_COLOR outdoes the missing terminal, NO_COLOR outdoes both. */
function takesColour(stdout: Sink, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stdout.isTTY === true && env.TERM !== 'dumb';
}

const CLEAR = '\u001b[2J';

/**
 * Home, every line cleared and written, then everything below cleared: no flicker as a full clear has. What is too long
 * is cut by the terminal (it wraps nothing for the while): a line that took two rows would scroll the first ones away.
 */
function frame(lines: readonly string[]): string {
  return `\u001b[?7l\u001b[H${lines.map((line) => `\u001b[K${line}\n`).join('')}\u001b[J\u001b[?7h`;
}

function fitting(lines: readonly string[], rows: number): readonly string[] {
  const room = Math.max(2, rows - 1);
  return lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`];
}

/** Columns as wide as their widest cell, three blanks between; an empty cell is a dash. */
export function table(head: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string[] {
  const cells = [head, ...rows.map((row) => row.map((cell) => printable(cell || '-')))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

/** One line; a bigint as a string, because JSON's numbers end at 2^53; what is unknown as null. */
export function json(value: unknown): string {
  const text = JSON.stringify(value, (_, part) =>
    typeof part === 'bigint' ? String(part) : part === undefined ? null : part,
  );
  // JSON itself escapes no control character from 0x7f on; in a string of it our escapes are its own.
  return printable(text);
}

/** Control characters as escapes, also those that turn the direction of text. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `3d2h`, `41m`, `7s`: the two largest units; a span below zero, from clocks that disagree, is `0s`. */
export function age(ms: number): string {
  const first = units.findIndex(([, size]) => ms >= size);
  if (first < 0) return '0s';
  const parts = units.slice(first, first + 2).map(([unit, size], at) => {
    const larger = at === 0 ? Number.POSITIVE_INFINITY : (units[first]?.[1] ?? size);
    return [Math.floor((ms % larger) / size), unit] as const;
  });
  return parts.map(([count, unit]) => (count ? `${count}${unit}` : '')).join('');
}

/** How long since `then`, in ms since the epoch. */
export function since(then: number | undefined, now = Date.now()): string | undefined {
  return then === undefined ? undefined : age(now - then);
}

export function instant(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
