/** Whose a file is, and what becomes of it. @pure */
import { roleOf } from 'succession/coordinator';

/** The files of a role that are not done, in the order of their names. `done` holds their znodes' names. */
export const filesOf = (role: string, count: number, names: readonly string[], done: ReadonlySet<string>): string[] =>
  names.filter((name) => roleOf(name, { count }) === role && !done.has(znodeOf(name))).toSorted();

/** A file's name as that of a znode. */
export const znodeOf = (name: string): string => encodeURIComponent(name);

/** What we make of a file: the same whenever it is made. */
export const summary = (text: string): string => `${text.split(/\s+/).filter(Boolean).length} words\n`;
