/** What every request is handled with. @pure */
import type { JuteReader, JuteWriter } from '../jute.js';
import type { Connection, State } from '../state.js';
import { begin, commit, rollback, type Transaction } from '../transaction.js';
import type { Notice } from '../watches.js';

/** One request under way: what it says, and what is to be answered. */
export interface Call {
  readonly state: State;
  readonly connection: Connection;
  readonly request: JuteReader;
  /** The body of the reply; dropped when the request is refused. */
  readonly reply: JuteWriter;
  /** Goes out before the reply: nobody reads of a change before hearing of it. */
  readonly notices: Notice[];
}

/** Answers a request, or throws a Refusal. */
export type Handler = (call: Call) => void;

/** Makes a change, all of it or nothing. */
export function write<T>(call: Call, make: (change: Transaction) => T): T {
  const change = begin(call.state);
  try {
    const made = make(change);
    call.notices.push(...commit(change));
    return made;
  } catch (error) {
    rollback(change);
    throw error;
  }
}
