/** What a participant tells the demo, over the IPC channel of `fork`. */
export type Report =
  /** Every value of `leadership$`. */
  | { readonly kind: 'leadership'; readonly role: string; readonly token?: string; readonly at: number }
  /** `isLeader()` changed its answer. `at`: the first instant of the new one; `until`: the last instant of a "yes". */
  | { readonly kind: 'belief'; readonly leads: boolean; readonly at: number; readonly until: number }
  /** The process noticed that it had been paused; `leads` is what `isLeader()` said to its very next question. */
  | { readonly kind: 'woke'; readonly pausedMs: number; readonly leads: boolean; readonly at: number };

export type Order = 'resign' | 'leave';

/** Milliseconds of the clock that all processes of this machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;
