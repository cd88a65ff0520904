/** The recorded behaviour, played against a server. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesIn } from './language.js';
import { play, type World } from './play.js';

const folder = new URL('./behaviour/', import.meta.url);

/** `SUCCESSION_RECORD=1` writes down what this server answers: to be used with the real one only. */
const recording = process.env.SUCCESSION_RECORD === '1';

export interface Server extends World, AsyncDisposable {}

/** One test a case. */
export function describeServer(name: string, start: () => Promise<Server>, mayRecord = false): void {
  describe(name, () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    for (const file of readdirSync(folder).sort()) describeFile(file, () => server, recording && mayRecord);
  });
}

function describeFile(file: string, server: () => Server, record: boolean): void {
  const path = new URL(file, folder);
  const written = readFileSync(path, 'utf8');
  const played: string[] = [];
  describe(file.replace('.txt', ''), () => {
    for (const one of casesIn(written))
      it(one.title, async () => {
        const at = played.push(one.text) - 1;
        const text = await play(one, server());
        played[at] = text;
        if (!record) expect(text).toBe(one.text);
      });
    if (record) afterAll(() => writeFileSync(path, `${played.join('\n')}`));
  });
}
