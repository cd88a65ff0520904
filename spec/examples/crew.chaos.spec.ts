import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { childrenOf } from '../../docker/examples/support/znodes.js';
import { type Actor, Stage } from './stage.js';

interface Slice {
  readonly id: string;
  readonly role: string;
  readonly term: number;
}

const ROLES = 8;
let stage: Stage;
let folder: string;
let fed: string[];
beforeEach(async () => {
  stage = await Stage.open({ ROLES: `${ROLES}`, SETTLE_MS: '200' });
  folder = await mkdtemp(join(tmpdir(), 'crew-'));
  await Promise.all(['draft', 'in', 'out'].map((name) => mkdir(join(folder, name))));
  fed = [];
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it('processes every file, and works on no role twice at once, through a kill, a pause and an orderly end', async () => {
  for (const id of ['a', 'b', 'c']) enter(id);
  await feed();
  await allDone();
  const killed = await inTheMiddle();
  await killed.kill();
  await allDone();
  const paused = await inTheMiddle();
  paused.signal('SIGSTOP');
  await allDone();
  paused.signal('SIGCONT');
  enter('d');
  const leaving = await inTheMiddle();
  leaving.signal('SIGTERM');
  await stage.until(() => leaving.ended);
  await allDone();

  for (const name of fed) expect(await readFile(join(folder, 'out', name), 'utf8')).toBe('3 words\n');
  const processed = stage.told<{ name: string }>('processed').map(({ name }) => name);
  expect(new Set(processed).size).toBe(processed.length);
  for (let role = 0; role < ROLES; role++) {
    const slices = stage.told<Slice>('slice').filter((slice) => slice.role === `${role}`);
    // In the order of the one clock: once a term has begun to work, no older one does, and a term is one process.
    const terms = slices.map(({ term }) => term);
    expect(terms).toEqual(terms.toSorted((x, y) => x - y));
    expect(new Set(slices.map(({ id, term }) => `${id}:${term}`)).size).toBe(new Set(terms).size);
  }
}, 40_000);

const enter = (id: string) => stage.enter('crew/crew', id, join(folder, 'in'), join(folder, 'out'));

/** Thirty more files, each there as a whole at once. */
async function feed(): Promise<void> {
  const names = Array.from({ length: 30 }, (_, n) => `${fed.length + n} notes.txt`);
  fed.push(...names);
  for (const name of names) {
    await writeFile(join(folder, 'draft', name), 'some few words');
    await rename(join(folder, 'draft', name), join(folder, 'in', name));
  }
}

/** Feeds, and says who has begun to work on it. */
async function inTheMiddle(): Promise<Actor> {
  const before = stage.told('slice').length;
  await feed();
  await stage.until(() => stage.told('slice').length > before);
  const { id } = stage.told<Slice>('slice').at(-1)!;
  return stage.actors.find((actor) => actor.id === id)!;
}

/** By the znodes and by the folder. */
async function allDone(): Promise<void> {
  await stage.until(async () => {
    const roles = [...Array(ROLES).keys()].map((role) => childrenOf(stage.backend, `/crew/done/${role}`));
    const done = (await Promise.all(roles)).flat().map(decodeURIComponent);
    const written = await readdir(join(folder, 'out'));
    return fed.every((name) => done.includes(name) && written.includes(name));
  }, 15_000);
}
