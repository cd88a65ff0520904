import { parseArgs } from 'node:util';

export const parts = [
  'handover',
  'wire',
  'join',
  'peers',
  'kills',
  'servers',
  'memory',
  'locks',
  'list',
  'idle',
  'roles',
] as const;
export type Part = (typeof parts)[number];

/** What `npm run bench -- …` was asked for. */
export interface BenchOptions {
  readonly only: readonly Part[];
  /** How many candidates stand in the election. */
  readonly sizes: readonly number[];
  /** Sessions in one election; candidates beyond that share them. */
  readonly sessions: number;
  /** Hand-overs measured at each size, of each kind. */
  readonly samples: number;
  /** Hand-overs before the first measured one: a fresh JVM is three to four times slower. */
  readonly warmup: number;
  /** Whether a line is within one process, where hand-overs go from one to another otherwise. */
  readonly inProcess: boolean;
  /** How many candidates join at once. */
  readonly joins: readonly number[];
  /** How long the lines are that are listed. */
  readonly listed: readonly number[];
  /** How many leaders are killed; a quarter as many servers are. */
  readonly kills: number;
  /** How many roles a group has: multiples of 20. */
  readonly roles: readonly number[];
  /** For how long a crowd is idle, in s. */
  readonly idle: number;
  /** Candidates of which the memory is taken, and what they use when idle. */
  readonly crowd: number;
  /** A server that is running already; one is started otherwise. */
  readonly server: string | undefined;
  /** Also as JSON, in this file. */
  readonly json: string | undefined;
  /** A folder for the curves. */
  readonly svg: string | undefined;
  /** Below which everything is created, and removed in the end. */
  readonly root: string;
}

export const usage = `npm run bench -- messages   counts messages in virtual time, without a server
npm run bench -- [options]
  --only PARTS     of ${parts.join(', ')}; all by default
  --sizes N,N      candidates in the hand-over and wire parts (3,100,1000)
  --sessions N     at most so many for each election; more candidates share them (1000)
  --samples N      hand-overs at each size, of each kind, and locks (150)
  --warmup N       hand-overs of each kind before the first that counts (1000)
  --in-process     each line within one process instead of two, between which leadership goes to and fro
  --joins N,N      candidates that join (1,10,100,1000)
  --listed N,N     candidates in a line that is listed (100,1000,10000)
  --kills N        leaders killed; a quarter as many servers are (40)
  --crowd N        candidates in the memory and idle parts (1000)
  --idle S         for so many seconds a crowd is idle (20)
  --roles N,N      roles of a group, multiples of 20 (100,1000)
  --server H:P     measure on this ZooKeeper instead of one started here, where nothing is killed
  --json FILE      writes what is printed as JSON, too
  --svg DIR        draws the curves`;

const defaults = {
  only: parts.join(','),
  sizes: '3,100,1000',
  sessions: '1000',
  samples: '150',
  warmup: '1000',
  joins: '1,10,100,1000',
  listed: '100,1000,10000',
  kills: '40',
  crowd: '1000',
  idle: '20',
  roles: '100,1000',
};

/** Throws an error that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...args], options: declared });
  const text = (name: string) => values[name] as string | undefined;
  const word = (name: keyof typeof defaults): string => text(name) ?? defaults[name];
  const number = (name: keyof typeof defaults, least: number): number => whole(name, word(name), least);
  const numbers = (name: keyof typeof defaults, least: number): number[] =>
    word(name)
      .split(',')
      .map((one) => whole(name, one, least));
  return {
    only: word('only').split(',').map(part),
    sizes: numbers('sizes', 2),
    sessions: number('sessions', 2),
    samples: number('samples', 1),
    warmup: number('warmup', 0),
    inProcess: values['in-process'] === true,
    joins: numbers('joins', 1),
    listed: numbers('listed', 1),
    kills: number('kills', 1),
    crowd: number('crowd', 2),
    idle: number('idle', 1),
    roles: numbers('roles', 20),
    server: text('server'),
    json: text('json'),
    svg: text('svg'),
    root: `/bench-${process.pid}`,
  };
}

const declared: Record<string, { type: 'string' | 'boolean' }> = {
  ...Object.fromEntries(
    [...Object.keys(defaults), 'server', 'json', 'svg'].map((name) => [name, { type: 'string' as const }]),
  ),
  'in-process': { type: 'boolean' },
};

function part(word: string): Part {
  const found = parts.find((part) => part === word);
  if (!found) throw new Error(`--only is of ${parts.join(', ')}, not ${word}`);
  return found;
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name}: ${text} is no number from ${least} on`);
  return value;
}
