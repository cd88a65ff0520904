/** What may be the path of a znode (PathUtils, PrepRequestProcessor). @pure */
import { Code, refuse } from './errors.js';

/** Control characters, surrogates (hence every emoji), private use, and what bytes that are no UTF-8 become. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Absolute, without empty, "." or ".." parts, without forbidden characters; else bad arguments. */
export function checkPath(path: string | null): string {
  if (path === '/') return path;
  if (!path?.startsWith('/') || path.endsWith('/') || forbidden.test(path)) return refuse(Code.badArguments);
  if (/\/(\/|\.\.?(\/|$))/.test(path)) refuse(Code.badArguments);
  return path;
}

/** The znodes that nobody may delete. */
const special = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

export const isSpecial = (path: string): boolean => special.has(path);

/** As the server cuts it: below the root it is empty, and the rest of the path need not be sound. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash === -1 || path.includes('\0')) refuse(Code.badArguments);
  return path.slice(0, slash);
}

export const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The path itself, then its ancestors up to the root. */
export function* upwards(path: string): Generator<string> {
  for (let at = path; at !== '' && at !== '/'; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) yield at;
  yield '/';
}
