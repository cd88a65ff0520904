import { endWith, ignoreElements, Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Lender } from '../../lib/zookeeper/standing.js';
import type { FakeSession } from '../support/fake-session.js';
import { story } from '../support/marbles.js';

const CLAIM = ['data /e/_c_', 'get /e', 'multi check set /e/_c_'];
/** Hears at once when its own place is gone. */
const watchful: Lender = {
  seated: () => undefined,
  unseated: (session, { path }) => session.watch(path).pipe(ignoreElements(), endWith(true)),
};
const ids = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);

describe('following', () => {
  it(
    'learns with a heartbeat who is left ahead: when the last of them goes, nothing is read before the claim',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const [first, second, third] = ids(3).map((id) => ensemble.join(id)) as [string, string, string];
      at('   --------a-b-h----c', {
        a: () => ensemble.leave(first),
        b: () => {
          ensemble.leave(second);
          ensemble.record = { holder: third, leaseMs: 30, released: false };
        },
        h: () => session.beat(),
        c: () => {
          ensemble.record = { holder: third, leaseMs: 30, released: true };
          ensemble.leave(third);
        },
      });
      // Without the heartbeat the record would be read first: two milliseconds later.
      expectObservable(letters(stand()), '24ms !').toBe('------3-------1---e-L');
      flush();
      expect(session.asked.slice(4, -1)).toEqual(['get /e', ...CLAIM]);
    }),
  );

  it(
    'asks for nothing with a heartbeat once only the one ahead is left, and watches nobody else',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const [first, second] = ids(2).map((id) => ensemble.join(id)) as [string, string];
      at('   --------a-h---h', {
        a: () => {
          ensemble.leave(first);
          ensemble.record = { holder: second, leaseMs: 30, released: false };
        },
        h: () => session.beat(),
      });
      at('   ------------------w', { w: () => expect(ensemble.tree.watched).toEqual([`/e/${second}`]) });
      expectObservable(letters(stand()), '20ms !').toBe('------2-----1');
      flush();
      expect(session.asked.filter((what) => what === 'get /e')).toHaveLength(2);
    }),
  );

  it(
    'learns nothing from a holder that it does not know, nor from a record of somebody else’s',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      for (const id of ids(3)) ensemble.join(id);
      at('   --------s-h---f-h', {
        s: () => {
          ensemble.record = { holder: ensemble.join('late'), leaseMs: 30, released: false };
        },
        h: () => session.beat(),
        f: () => ensemble.tree.commit([{ op: 'set', path: '/e', data: new TextEncoder().encode('10.0.0.1:80') }]),
      });
      expectObservable(letters(stand()), '24ms !').toBe('------3');
      flush();
      expect(session.asked.filter((what) => what === 'get /e')).toHaveLength(3);
    }),
  );

  it(
    'remembers two names of a longer line, and lists again when both are gone',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const names = ids(10).map((id) => ensemble.join(id));
      at('   --------a', { a: () => names.slice(2).map((name) => ensemble.leave(name)) });
      // The nearest goes, and the record is read; then the other is asked for by name, once: two milliseconds each.
      expectObservable(letters(stand()), '40ms !').toBe('------a----------2');
      flush();
      expect(session.asked.filter((what) => what === 'children /e')).toHaveLength(2);
    }),
  );

  it(
    'does not list a long line again when the one ahead has led: everybody before it is gone',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const names = ids(10).map((id) => ensemble.join(id));
      at('   --------a', {
        a: () => {
          ensemble.record = { holder: names.at(-1)!, leaseMs: 30, released: true };
          for (const name of names) ensemble.leave(name);
        },
      });
      expectObservable(letters(stand()), '20ms !').toBe('------a----e-L');
      flush();
      expect(session.asked.filter((what) => what === 'children /e')).toHaveLength(1);
    }),
  );

  it(
    'forgets to ask when the connection is lost, and lists again with the next',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const [first] = ids(3).map((id) => ensemble.join(id)) as [string];
      at('   --------hc---r', { h: () => session.beat(), c: () => session.cut(), r: () => session.resume() });
      at('   ----------a', { a: () => ensemble.leave(first) });
      expectObservable(letters(stand()), '20ms !').toBe('------3--s-------2');
      flush();
    }),
  );

  it(
    'ends at once when its own place is gone, and asks for nobody further ahead',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      for (const id of ids(3)) ensemble.join(id);
      at('   ----------g', { g: () => ensemble.leave(ensemble.line.at(-1)!) });
      // The claim finds out, and it stands again: at the end of the line.
      expectObservable(letters(stand({ lender: watchful })), '22ms !').toBe('------3----e---------3');
      flush();
      expect(session.asked.slice(3, 9)).toEqual(['data /e/_c_', 'data /e/_c_', ...CLAIM, 'remove /e/_c_']);
    }),
  );

  it(
    'watches its own place for as long as it waits, and no longer',
    story(({ stand, ensemble, at, clock, expectObservable, flush }) => {
      const first = ensemble.join('first');
      const watched: number[] = [];
      const note = () => void watched.push(clock.now());
      const unseated = () =>
        new Observable<never>((subscriber) => {
          note();
          subscriber.add(note);
        });
      at('   ----------a', { a: () => ensemble.leave(first) });
      expectObservable(stand({ lender: { ...watchful, unseated } }).pipe(ignoreElements()), '20ms !').toBe('-');
      flush();
      expect(watched).toEqual([4, 11]);
    }),
  );

  it(
    'fails where our own place cannot be watched',
    story(({ stand, ensemble, cold, letters, expectObservable }) => {
      ensemble.join('first');
      const lender = { ...watchful, unseated: () => cold('------#', {}, 'denied') };
      expectObservable(letters(stand({ lender }))).toBe('------1---#', undefined, 'denied');
    }),
  );

  it(
    'says nothing new when the data of the one ahead changes',
    story(({ stand, ensemble, at, letters, expectObservable }) => {
      const first = ensemble.join('first');
      at('   --------c', { c: () => ensemble.ask(first) });
      expectObservable(letters(stand()), '20ms !').toBe('------1');
    }),
  );

  it(
    'asks for nothing with the heartbeats once it has stopped to follow',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      for (const id of ids(3)) ensemble.join(id);
      at('   ----------h---h', { h: () => session.beat() });
      expectObservable(letters(stand()), '12ms !').toBe('------3');
      flush();
      expect(session.asked.filter((what) => what === 'get /e')).toHaveLength(2);
    }),
  );

  it(
    'ends, and leaves it to the claim to find out, when another look shows that we are not in line ourselves',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      for (const id of ids(9)) ensemble.join(id);
      at('   --------a', { a: () => ensemble.line.slice(1).map((name) => ensemble.leave(name)) });
      expectObservable(letters(stand()), '26ms !').toBe('------9--------e---------1');
      flush();
      expect(session.asked.slice(6, 12)).toEqual(['children /e', 'get /e', ...CLAIM, 'remove /e/_c_']);
    }),
  );

  describe('a server that never says that the one ahead has gone', () => {
    const writes = ({ asked }: FakeSession) =>
      asked.filter((what) => what.startsWith('multi')).map((what) => what.replace(/ \/.*/, ''));

    it(
      'is believed for ten session timeouts; then a write tells',
      story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
        ensemble.tree.silent = true;
        const first = ensemble.join('first');
        at('--------a', { a: () => ensemble.leave(first) });
        expectObservable(letters(stand()), '10020ms !').toBe('------1 9999ms e-L');
        flush();
        expect(writes(session).slice(0, 2)).toEqual(['multi check', 'multi check set']);
      }),
    );

    it(
      'is asked again and again for as long as the one ahead stands, whatever becomes of the question',
      story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
        ensemble.tree.silent = true;
        const first = ensemble.join('first');
        ensemble.busy.push(/^multi check /);
        at('25000ms a', { a: () => ensemble.leave(first) });
        expectObservable(letters(stand()), '30020ms !').toBe('------1 29999ms e-L');
        flush();
        expect(writes(session).slice(0, 4)).toEqual([...Array(3).fill('multi check'), 'multi check set']);
      }),
    );

    it(
      'is asked anew on the next connection when the one before broke with the question on it',
      story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
        ensemble.tree.silent = true;
        const first = ensemble.join('first');
        at('10005ms c---r', { c: () => session.cut(), r: () => session.resume() });
        at('15000ms a', { a: () => ensemble.leave(first) });
        const expected = '------1 9998ms s-------1 9999ms e-L';
        expectObservable(letters(stand()), '20050ms !').toBe(expected);
        flush();
        expect(writes(session).slice(0, 3)).toEqual(['multi check', 'multi check', 'multi check set']);
      }),
    );

    it(
      'is asked nothing by one who has stopped to follow',
      story(({ stand, session, ensemble, expectObservable, flush }) => {
        ensemble.tree.silent = true;
        ensemble.join('first');
        expectObservable(stand().pipe(ignoreElements()), '9000ms !').toBe('-');
        flush();
        expect(writes(session)).toEqual(['multi remove']);
      }),
    );
  });
});
