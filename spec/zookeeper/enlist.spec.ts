import { describe, expect, it } from 'vitest';
import { story } from '../support/marbles.js';

const creates = (asked: readonly string[]) => asked.filter((what) => what.startsWith('create'));

describe('enlisting', () => {
  it(
    'finds by its identity the place whose answer was lost, behind a write that no older request can overtake',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      at('   -c---r', { c: () => session.cut('carried out'), r: () => session.resume() });
      at('20ms a', { a: () => expect(ensemble.line).toHaveLength(1) });
      expectObservable(letters(stand()), '22ms !').toBe('-s-----------e-L');
      flush();
      expect(session.asked.slice(0, 4)).toEqual(['create /e/_c_', 'multi check /e', 'children /e', 'get /e/_c_']);
      expect(creates(session.asked)).toHaveLength(1);
    }),
  );

  it(
    'asks for a place again if the request never arrived',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      at('   -c---r', { c: () => session.cut('lost'), r: () => session.resume() });
      at('20ms a', { a: () => expect(ensemble.line).toHaveLength(1) });
      expectObservable(letters(stand()), '22ms !').toBe('-s-----------e-L');
      flush();
      expect(creates(session.asked)).toHaveLength(2);
    }),
  );

  it(
    'never adopts the place of another session, but removes it if it is its own by identity',
    story(({ stand, session, ensemble, at, hot, letters, expectObservable, flush }) => {
      const next = ensemble.open();
      const session$ = hot('a---x-b', { a: session, x: undefined, b: next });
      at('                  -c', { c: () => session.cut('carried out') });
      at('25ms l', {
        l: () => expect(ensemble.line.map((name) => ensemble.tree.get(`/e/${name}`).owner)).toEqual([next.id]),
      });
      expectObservable(letters(stand({ session$ })), '28ms !').toBe('-s--x 13ms e-L');
      flush();
    }),
  );

  it(
    'looks for the place of a session that was given up, since its wire never came back, and removes it',
    story(({ stand, session, ensemble, at, hot, letters, expectObservable, flush }) => {
      ensemble.join('other', { owner: 99n });
      const next = ensemble.open();
      const session$ = hot('a 11ms x-b', { a: session, x: undefined, b: next });
      at('10ms c-g', { c: () => session.cut(), g: () => session.giveUp() });
      at('50ms l', {
        l: () => expect(ensemble.line.map((name) => ensemble.tree.get(`/e/${name}`).owner)).toEqual([99n, next.id]),
      });
      expectObservable(letters(stand({ session$ })), '60ms !').toBe('------1---s-x 15ms 1');
      flush();
    }),
  );

  it(
    'leaves the places of others alone',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const other = ensemble.join('other');
      at('   -c---r', { c: () => session.cut('carried out'), r: () => session.resume() });
      expectObservable(letters(stand()), '22ms !').toBe('-s-------------1');
      flush();
      expect(ensemble.line).toEqual([other]);
    }),
  );

  it(
    'creates the parents that are missing, and asks nothing of those that exist',
    story(({ stand, session, ensemble, letters, expectObservable, flush }) => {
      ensemble.tree.create('/a', new Uint8Array(), 0n);
      ensemble.denied.push(/^create \/a$/);
      // Two creates on the way down, two on the way up, then the place itself.
      expectObservable(letters(stand({ path: '/a/b/e' })), '22ms !').toBe('12ms e-L');
      flush();
      expect(creates(session.asked)).toEqual([
        ...['create /a/b/e/_c_', 'create /a/b/e', 'create /a/b', 'create /a/b/e', 'create /a/b/e/_c_'],
      ]);
    }),
  );

  it(
    'does not mind that somebody else creates the same parents',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      at('   --c', { c: () => void ensemble.tree.create('/f', new Uint8Array(), 0n) });
      expectObservable(letters(stand({ path: '/f' })), '22ms !').toBe('--------e-L');
      flush();
    }),
  );

  it(
    'publishes id, host, process and data under a name that tells its lease',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      at('   ---a', {
        a: () => {
          const [name] = ensemble.line;
          expect(name).toMatch(/^_c_0000001e-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}-latch-0000000000$/);
          const { data } = ensemble.tree.get(`/e/${name}`);
          expect(JSON.parse(Buffer.from(data).toString())).toMatchObject({
            id: 'us',
            pid: process.pid,
            data: { w: 1 },
          });
        },
      });
      expectObservable(letters(stand({ data: { w: 1 } })), '12ms !').toBe('----e-L');
      flush();
    }),
  );

  it.each([
    ['kazoo', /^0000001e[0-9a-f]{4}8[0-9a-f]{19}__lock__0000000000$/],
    ['go', /^_c_0000001e[0-9a-f]{4}8[0-9a-f]{19}-lock-0000000000$/],
  ] as const)('speaks the dialect of %s: its name, and the id alone as data', (naming, pattern) => {
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      at('   ---a', {
        a: () => {
          expect(ensemble.line[0]).toMatch(pattern);
          expect(Buffer.from(ensemble.tree.get(`/e/${ensemble.line[0]}`).data).toString()).toBe('us');
        },
      });
      expectObservable(letters(stand({ options: { naming } })), '12ms !').toBe('----e-L');
      flush();
    })();
  });
});
