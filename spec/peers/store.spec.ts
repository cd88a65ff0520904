import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SavedStateError } from '../../lib/errors.js';
import { fileStore, type Store } from '../../lib/peers/store.js';
import { peerUrl } from '../../lib/peers/url.js';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'succession-store-'));
  file = join(dir, 'n1.state');
});
afterEach(() => rmSync(dir, { recursive: true }));

const open = (firstStart = false, self = 'n1') => fileStore({ dir, self, firstStart });
const save = (store: Store, election: string, record: unknown) =>
  lastValueFrom(store.save(election, record), { defaultValue: undefined });
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(SavedStateError);
    return (error as Error).message;
  }
  return 'not refused';
};
const noLocks = () => expect(readdirSync(dir).filter((name) => name.includes('.lock-'))).toEqual([]);

describe('the file of a node', () => {
  it('has what was saved last for each election, in the next life', async () => {
    const first = open(true);
    expect(first.load('a')).toBe(undefined);
    await save(first, 'a', { term: 1 });
    await save(first, 'b', { term: 7 });
    await save(first, 'a', { term: 2 });
    await first.close();
    const second = open();
    expect([second.load('a'), second.load('b'), second.load('c')]).toEqual([{ term: 2 }, { term: 7 }, undefined]);
    await second.close();
    noLocks();
  });

  it('holds the record before the save completes, and saves in order', async () => {
    const store = open(true);
    const order: number[] = [];
    const terms = [1, 2, 3].map((term) => save(store, 'a', { term }).then(() => order.push(term)));
    await terms[0];
    expect(readFileSync(file, 'utf8')).toMatch(/"term":[123]/);
    await Promise.all(terms);
    expect([order, readFileSync(file, 'utf8').includes('"term":3')]).toEqual([[1, 2, 3], true]);
    await store.close();
  });

  it('is there from the first start on, though nothing was saved', async () => {
    await open(true).close();
    await open().close();
  });

  it('is an error when it is missing, and the first start must be said', () => {
    expect(refusal(open)).toMatch(/n1.state cannot be used: it is missing.*firstStart: true/);
    noLocks();
  });

  it('is missed in words that can be followed: the parameter they name is one of the URL', () => {
    const [, parameter] = /(\S+)=true in the URL/.exec(refusal(open)) ?? [];
    expect(peerUrl(`//n1@127.0.0.1:7001?self=n1&${parameter}=true`, {})).toMatchObject({ firstStart: true });
  });

  it('is an error, with its cause, when its directory cannot be made or is none', () => {
    writeFileSync(join(dir, 'plain'), '');
    for (const place of [join(dir, 'plain'), join(dir, 'plain', 'below')])
      expect(refusal(() => fileStore({ dir: place, self: 'n1', firstStart: true }))).toMatch(
        /n1.state cannot be used: it cannot be written/,
      );
  });

  it('is an error when it is there at a first start', async () => {
    await open(true).close();
    expect(refusal(() => open(true))).toMatch(/not the first start of n1. Leave firstStart out/);
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, -3)],
    ['changed', (text: string) => text.replace('"term":1', '"term":0')],
    ['empty', () => ''],
  ])('is never guessed at when it is %s', async (_, damage) => {
    const store = open(true);
    await save(store, 'a', { term: 1 });
    await store.close();
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    expect(refusal(open)).toMatch(/it is damaged/);
    noLocks();
  });

  it('belongs to one node', async () => {
    await open(true).close();
    writeFileSync(join(dir, 'n2.state'), readFileSync(file));
    expect(refusal(() => open(false, 'n2'))).toMatch(/it belongs to n1/);
  });

  it('is not harmed by what a crash left half written beside it', async () => {
    const store = open(true);
    await save(store, 'a', { term: 1 });
    await store.close();
    writeFileSync(`${file}.new`, 'half');
    const next = open();
    expect(next.load('a')).toEqual({ term: 1 });
    await next.close();
  });

  it('tells when it cannot be written, and goes on when it can again', async () => {
    const store = open(true);
    rmSync(dir, { recursive: true });
    await expect(save(store, 'a', { term: 1 })).rejects.toThrow('ENOENT');
    dir = mkdtempSync(join(tmpdir(), 'succession-store-'));
    await store.close();
  });
});

describe('the lock of a file', () => {
  it('refuses a second holder, and says who the first is', async () => {
    const first = open(true);
    expect(refusal(open)).toMatch(new RegExp(`in use by process ${process.pid} on `));
    await first.close();
    await open().close();
  });

  it('is cleared away when its process has ended', async () => {
    await open(true).close();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(`${file}.lock-${encodeURIComponent(hostname())},,${pid},,x`, '');
    await open().close();
    noLocks();
  });

  it('of another host is never judged: it is said what to do', async () => {
    await open(true).close();
    writeFileSync(`${file}.lock-elsewhere,,1,,x`, '');
    expect(refusal(open)).toMatch(/process 1 on elsewhere.*remove .*lock-elsewhere/);
  });
});
