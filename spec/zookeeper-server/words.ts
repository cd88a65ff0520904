/** The four-letter words, asked of any server; spec and real spec share it. */
import { describe, expect, it } from 'vitest';
import { BareClient, text } from '../support/bare-client.js';
import {
  ephemeralOwnersOf,
  fourLetter,
  modeOf,
  monitorOf,
  sessionsOf,
  watchersOf,
  watchesOf,
} from '../support/four-letter.js';
import { until } from '../support/until.js';
import { opcodes } from './vocabulary.js';

/** `server` is asked when the specs run. */
export function describeWords(name: string, server: () => string): void {
  describe(name, () => {
    for (const word of ['srvr', 'stat', 'mntr', 'conf', 'cons', 'dump', 'envi', 'wchs'])
      it(`has an answer to ${word}`, async () => {
        expect(await fourLetter(server(), word)).toMatch(/\S/);
      });

    it('is fine, stands alone, and tells its tick', async () => {
      expect(await fourLetter(server(), 'ruok')).toBe('imok');
      expect(await modeOf(server())).toBe('standalone');
      expect(await fourLetter(server(), 'conf')).toMatch(/^tickTime=100$/m);
      expect(await fourLetter(server(), 'stat')).toMatch(/^Clients:$/m);
    });

    it('tells sessions, ephemerals and what is counted', async () => {
      using client = await BareClient.connect(server());
      await client.create('/words', '', 1);
      const session = `0x${client.sessionId.toString(16)}`;
      expect(await sessionsOf(server())).toEqual([session]);
      expect(await ephemeralOwnersOf(server())).toEqual(new Map([[session, ['/words']]]));
      const monitor = await monitorOf(server());
      expect([monitor.get('zk_ephemerals_count'), monitor.get('zk_server_state')]).toEqual(['1', 'standalone']);
      await client.close();
      await until(async () => (await sessionsOf(server())).length === 0);
    });

    it('tells watches: those of data one by one, those of children in the sum of mntr only', async () => {
      using client = await BareClient.connect(server());
      await client.getData('/', true);
      await client.request(opcodes.getChildren, text('/'), Buffer.from([1]));
      const session = `0x${client.sessionId.toString(16)}`;
      expect(await watchesOf(server())).toBe(1);
      expect(await watchersOf(server())).toEqual(new Map([['/', [session]]]));
      expect(await fourLetter(server(), 'wchc')).toBe(`${session}\n\t/\n\n`);
      expect((await monitorOf(server())).get('zk_watch_count')).toBe('2');
      await client.close();
    });
  });
}
