/** What the grammar and what it starts have in common. */
import type { Command as Program } from 'commander';
import type { Command } from './context.js';
import type { Format } from './output.js';

/** What every command takes. */
export interface Common {
  readonly connect?: string;
  readonly output?: Format;
  readonly timeout?: number;
}

/** Runs a command once it is loaded. */
export type Start = <A>(load: () => Promise<Command<A>>, args: A, common: Common) => Promise<void>;

export const commonOf = (program: Program) => program.optsWithGlobals<Common>();
