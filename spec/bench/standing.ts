/** What a process of the hand-over bench does for its half of a line, whatever it stands with. */

/** One in line. It leads as soon as it can. */
export interface Standing {
  /** Its znode, for the one behind that is to watch it; empty where that is found without help. */
  readonly znode: string;
  /** When it led, in ns of the machine's monotonic clock. */
  readonly led: Promise<bigint>;
  /** Until it knows that nobody but the leader is ahead, if that is something it learns. */
  settled(): Promise<unknown>;
  /** It goes; until it has gone. */
  leave(): Promise<unknown>;
}

export interface Place {
  readonly id: string;
  /** Which of this half's sessions. */
  readonly session: number;
  /** The znode of the one ahead. */
  readonly ahead: string | undefined;
  /** Where it is not the library's own. */
  readonly heartbeatMs: number | undefined;
}

/** This process's half of one line. */
export interface Half {
  /** Until it has a verdict, or watches the one ahead. */
  stand(place: Place): Promise<Standing>;
  /** Ends the sessions. */
  close(): Promise<unknown>;
}

export type Kind = (server: string, path: string) => Half;

/** CLOCK_MONOTONIC, which all processes of a machine share. */
export const now = (): bigint => process.hrtime.bigint();

/** A promise from outside. */
export function deferred<T>(): { promise: Promise<T>; resolve(value: T | PromiseLike<T>): void } {
  let resolve!: (value: T | PromiseLike<T>) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  promise.catch(() => undefined); // Whoever asks is told; nobody may be asking any more.
  return { promise, resolve };
}
