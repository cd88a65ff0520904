import { parseArgs } from 'node:util';

export const parts = ['handover', 'wire', 'join', 'memory', 'locks'] as const;
export type Part = (typeof parts)[number];

/** What `npm run bench -- …` was asked for. */
export interface BenchOptions {
  readonly only: readonly Part[];
  /** How many candidates stand in the election. */
  readonly sizes: readonly number[];
  /** Hand-overs measured at each size, of each kind. */
  readonly samples: number;
  /** Hand-overs before the first measured one: a fresh JVM is three to four times slower. */
  readonly warmup: number;
  /** Candidates that join, and of which the memory is taken. */
  readonly crowd: number;
  /** A server that is running already; one is started otherwise. */
  readonly server: string | undefined;
  /** Below which everything is created, and removed in the end. */
  readonly root: string;
}

export const usage = `npm run bench -- messages   counts messages in virtual time, without a server
npm run bench -- [options]
  --only PARTS     of ${parts.join(', ')}; all by default
  --sizes N,N      candidates in the hand-over and wire parts (3,100,1000)
  --samples N      hand-overs at each size, of each kind, and locks (150)
  --warmup N       hand-overs of each kind before the first that counts (1000)
  --crowd N        candidates in the join and memory parts (1000)
  --server H:P     measure on this ZooKeeper instead of one started here`;

/** Throws an error that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: parts.join(',') },
      sizes: { type: 'string', default: '3,100,1000' },
      samples: { type: 'string', default: '150' },
      warmup: { type: 'string', default: '1000' },
      crowd: { type: 'string', default: '1000' },
      server: { type: 'string' },
    },
  });
  return {
    only: values.only.split(',').map(part),
    sizes: values.sizes.split(',').map((size) => whole('sizes', size, 2)),
    samples: whole('samples', values.samples, 1),
    warmup: whole('warmup', values.warmup, 0),
    crowd: whole('crowd', values.crowd, 2),
    server: values.server,
    root: `/bench-${process.pid}`,
  };
}

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
