/**
 * What happened, as its witnesses wrote it down: each process into files of its own, all by the machine's one monotonic
 * clock. In files instants are nanoseconds; here they are milliseconds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './registers.js';
import type { Txn } from './txnlog.js';

/** While it lasted, somebody was sure: of leading (`belief`), or that its work ran under a term that held (`work`). */
export interface Span {
  readonly kind: 'belief' | 'work';
  /** One process: `w3.2` is the second life of worker 3. */
  readonly who: string;
  readonly token: bigint;
  /** The first and the last instant at which it said yes. */
  readonly from: number;
  readonly until: number;
}

export interface Occurrence {
  readonly kind: 'claim' | 'start' | 'stop' | 'session' | 'write' | 'killed' | 'left';
  readonly who: string;
  readonly at: number;
  /** Of a claim, of a start or stop of work, of a write. */
  readonly token?: bigint;
  /** Of a write: what was written, where, and what the writer was told. */
  readonly value?: string;
  readonly store?: 'ZooKeeper' | 'SQLite';
  readonly outcome?: 'written' | 'refused' | 'unknown';
  /** Of a session. */
  readonly session?: string;
}

export interface Fault {
  readonly name: string;
  readonly target: string;
  readonly from: number;
  /** When it was over, and a quorum served again. */
  readonly until: number;
  readonly note?: string;
}

export interface History {
  readonly spans: readonly Span[];
  readonly occurrences: readonly Occurrence[];
  readonly faults: readonly Fault[];
  /** When the run stopped expecting a leader. */
  readonly end: number;
}

/** A history, and what the stores know of it. */
export interface Evidence extends History {
  /** What ZooKeeper has committed. */
  readonly log: readonly Txn[];
  /** What the SQLite file took behind its fence, and what it took without one. */
  readonly journal: readonly Entry[];
  readonly bare: readonly Entry[];
  readonly paths: { readonly election: string; readonly register: string };
  /** Znodes and watches that outlived everybody, and processes that did not end. */
  readonly left: readonly string[];
}

/** The clock of all witnesses. */
export const nanos = (): bigint => process.hrtime.bigint();
export const millis = (): number => Number(nanos()) / 1e6;

const pad = (value: bigint) => String(value).padStart(20);

/** Spans have lines of one width, so that the last instant can be written over while the span goes on. */
export const spanLine = (kind: Span['kind'], token: bigint, from: bigint, until: bigint): string =>
  `${kind.padEnd(6)} ${pad(token)} ${pad(from)} ${pad(until)}\n`;
export const SPAN_BYTES = spanLine('work', 0n, 0n, 0n).length;

/** Everything that the processes of a run have written: `<who>.spans` and `<who>.events`. */
export function readWitnesses(dir: string): Pick<History, 'spans' | 'occurrences'> {
  const read = <T>(suffix: string, parse: (line: string, who: string) => T): T[] =>
    readdirSync(dir)
      .filter((name) => name.endsWith(suffix))
      .flatMap((name) => {
        const lines = readFileSync(join(dir, name), 'utf8').split('\n').slice(0, -1);
        return lines.map((line) => parse(line, name.slice(0, -suffix.length)));
      });
  return {
    spans: read('.spans', parseSpan),
    occurrences: read('.events', parseOccurrence).sort((a, b) => a.at - b.at),
  };
}

function parseSpan(line: string, who: string): Span {
  const [kind, token = '', from, until] = line.split(/\s+/);
  return {
    kind: kind as Span['kind'],
    who,
    token: BigInt(token),
    from: Number(from) / 1e6,
    until: Number(until) / 1e6,
  };
}

function parseOccurrence(line: string, who: string): Occurrence {
  const { at, token, ...rest } = JSON.parse(line);
  return { ...rest, who, at: Number(at) / 1e6, ...(token && { token: BigInt(token) }) };
}
