/**
 * One process per file. Node cannot lock files, so a holder leaves a note beside it: its host, boot, process id and the
 * time that process began. Everybody writes a note first and looks for others' afterwards: of two that come at the same
 * moment at least one sees the other, whatever the timing. A note whose process has ended is cleared away.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SavedStateError } from '../errors.js';

export interface Lock {
  /** Idempotent. */
  release(): void;
}

/** Throws SavedStateError while another process, or another backend of this one, holds it. */
export function lockFile(file: string): Lock {
  const own = `${basename(file)}.lock-${[hostname(), bootOf(), process.pid, beganAt(process.pid), randomUUID()].map(encodeURIComponent).join(',')}`;
  const path = join(dirname(file), own);
  closeSync(openSync(path, 'wx'));
  const release = () => rmSync(path, { force: true });
  const other = notes(file).find((name) => name !== own && !isStale(name, dirname(file)));
  if (!other) return { release };
  release();
  const { host, pid } = parse(other);
  throw new SavedStateError(
    file,
    `it is in use by process ${pid} on ${host}: a node runs once. If that process is gone, remove ${join(dirname(file), other)}`,
  );
}

function notes(file: string): string[] {
  return readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.lock-`));
}

/** Clears the note of a process that has ended. Of another host's processes nothing is known: they count as alive. */
function isStale(name: string, dir: string): boolean {
  const { host, boot, pid, began } = parse(name);
  if (host !== hostname() || (boot === bootOf() && isAlive(pid) && beganAt(pid) === began)) return false;
  rmSync(join(dir, name), { force: true });
  return true;
}

function parse(name: string) {
  const [host = '', boot = '', pid = '', began = ''] = name
    .slice(name.indexOf('.lock-') + 6)
    .split(',')
    .map(decodeURIComponent);
  return { host, boot, pid: Number(pid), began };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Where the system tells; elsewhere the process id alone must do. */
const bootOf = () => read('/proc/sys/kernel/random/boot_id').trim();
/** The 22nd field; the second may hold spaces and ends with the last bracket. */
const beganAt = (pid: number) => read(`/proc/${pid}/stat`).replace(/^.*\)/s, '').trim().split(' ')[19] ?? '';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
