/**
 * What machines save. A voter that forgets its vote can vote twice, and two votes can make two leaders: so what is
 * saved is on the disk before anything behind it is done, and a file that is missing or damaged is never guessed at.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defer, EMPTY, from, ignoreElements, type Observable } from 'rxjs';
import { SavedStateError } from '../errors.js';
import { lockFile } from './lock.js';
import type { NodeId } from './machine.js';

export interface Store {
  /** What was saved last for this election; `undefined` if nothing ever was. */
  load(election: string): unknown;
  /** Completes once a crash cannot lose it. Errors if that cannot be said. */
  save(election: string, record: unknown): Observable<never>;
  /** After the saves under way. Never rejects. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Where this node keeps its file, `<self>.state`. Made if it is missing. */
  readonly dir: string;
  readonly self: NodeId;
  /** True for the very first start of this node, and for no other. @default false */
  readonly firstStart?: boolean;
}

type Records = Readonly<Record<string, unknown>>;

/** Remembers for as long as the process lives: for protocols that need no more, and for tests. */
export function memoryStore(): Store {
  const records = new Map<string, unknown>();
  return {
    load: (election) => records.get(election),
    save: (election, record) =>
      defer(() => {
        records.set(election, record);
        return EMPTY;
      }),
    close: async () => undefined,
  };
}

/** One file per node, under a lock. Throws SavedStateError. */
export function fileStore({ dir, self, firstStart = false }: StoreOptions): Store {
  const file = join(dir, `${self}.state`);
  const lock = writing(file, () => {
    mkdirSync(dir, { recursive: true });
    return lockFile(file);
  });
  try {
    const records = readRecords(file, self, firstStart);
    if (firstStart) writing(file, () => create(file, encode(self, records)));
    return storeIn(file, self, records, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function storeIn(file: string, self: NodeId, found: Records, release: () => void): Store {
  let records = found;
  let last: Promise<unknown> = Promise.resolve();
  return {
    load: (election) => (Object.hasOwn(records, election) ? records[election] : undefined),
    save: (election, record) =>
      defer(() => {
        records = { ...records, [election]: record };
        const text = encode(self, records);
        const written = last.then(() => replace(file, text));
        last = written.catch(() => undefined);
        return from(written).pipe(ignoreElements());
      }),
    close: () => last.then(release),
  };
}

function writing<V>(file: string, act: () => V): V {
  try {
    return act();
  } catch (cause) {
    throw cause instanceof SavedStateError ? cause : new SavedStateError(file, 'it cannot be written', { cause });
  }
}

/** The first file, before anything else is done: from then on a missing one is an error. */
function create(file: string, text: string): void {
  for (const [path, flags] of [
    [file, 'wx'],
    [dirname(file), 'r'],
  ] as const) {
    const handle = openSync(path, flags);
    if (flags === 'wx') writeSync(handle, text);
    fsyncSync(handle);
    closeSync(handle);
  }
}

/** Beside the file, flushed, moved over it, and the move flushed: at every instant a crash leaves the old or the new. */
async function replace(file: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  await flushed(beside, 'w', (handle) => handle.writeFile(text));
  await rename(beside, file);
  await flushed(dirname(file), 'r', async () => undefined);
}

async function flushed(path: string, flags: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags);
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

type FileHandle = Awaited<ReturnType<typeof open>>;

const checksum = (text: string) => createHash('sha256').update(text).digest('hex');

function encode(node: NodeId, records: Records): string {
  const text = JSON.stringify({ version: 1, node, records });
  return `${checksum(text)}\n${text}\n`;
}

function readRecords(file: string, self: NodeId, firstStart: boolean): Records {
  const found = readText(file);
  if (found === undefined) {
    if (firstStart) return {};
    throw new SavedStateError(file, `it is missing, and what ${self} has voted with it. ${MISSING}`);
  }
  if (firstStart) throw new SavedStateError(file, `it is there, so this is not the first start of ${self}. ${THERE}`);
  const [sum, text = ''] = found.split('\n');
  if (sum !== checksum(text))
    throw new SavedStateError(file, `it is damaged, and what ${self} has voted is not known. ${DAMAGED}`);
  const { version, node, records } = JSON.parse(text) as { version: unknown; node: unknown; records: Records };
  if (version !== 1) throw new SavedStateError(file, 'another version has written it. Start that one');
  if (node !== self) throw new SavedStateError(file, `it belongs to ${node}. Give each node its own directory or id`);
  return records;
}

const REPLACE = 'let a node with a new id take its place in the group';
const MISSING = `If this node has never run, say so: firstStart: true, or firstStart=true in the URL. If it has, restore the file, or ${REPLACE}`;
const THERE = 'Leave firstStart out';
const DAMAGED = `Restore the file, or ${REPLACE}`;

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SavedStateError(file, 'it cannot be read', { cause });
  }
}
