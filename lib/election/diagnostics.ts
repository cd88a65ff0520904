import { channel } from 'node:diagnostics_channel';

/**
 * What is published on `node:diagnostics_channel`, by channel. Publishing to a channel that nobody subscribed to costs
 * nothing.
 */
export interface Diagnostics {
  /** The work threw, rejected or errored while leading: the candidate stays out of the line for `outMs`. */
  readonly 'succession:work:failed': {
    readonly id: string;
    readonly token: bigint;
    readonly error: unknown;
    readonly outMs: number;
  };
  /** The work failed after it was told to stop, and not only because of that. Nothing follows from it. */
  readonly 'succession:work:failed-late': { readonly id: string; readonly token: bigint; readonly error: unknown };
  /** The work did not end within `afterMs` of being told to: it may still run beside the next leader's. */
  readonly 'succession:work:abandoned': { readonly token: bigint; readonly afterMs: number };
  /** `leadership$` ended with an error: this candidate stands no more. */
  readonly 'succession:candidacy:failed': { readonly id: string; readonly error: unknown };
}

/** Publishes an event to whoever subscribed to its channel. */
export function publish<C extends keyof Diagnostics>(name: C, event: Diagnostics[C]): void {
  channel(name).publish(event);
}
