import { catchError, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { story } from '../support/marbles.js';

describe('a ZooKeeper election', () => {
  it(
    'makes the only one in line its leader: one create, one look, one claim, and leaves nothing behind',
    story(({ stand, session, ensemble, letters, expectObservable, flush }) => {
      expectObservable(letters(stand()), '12ms !').toBe('----e-L');
      flush();
      expect(session.asked).toEqual([
        'create /e/_c_',
        ...['children /e', 'get /e'],
        ...['data /e/_c_', 'get /e', 'multi check set /e/_c_'],
        'multi set remove /e',
      ]);
      expect(ensemble.line).toEqual([]);
      expect(ensemble.record).toMatchObject({ id: 'us', released: true });
      expect(ensemble.tree.watched).toEqual([]);
    }),
  );

  it(
    'makes a follower the leader when the one ahead goes, without another look at the line',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const other = ensemble.join('other');
      at('   ----------g       ', { g: () => ensemble.leave(other) });
      const expected = '------1----e-L';
      expectObservable(letters(stand()), '20ms !').toBe(expected);
      flush();
      expect(session.asked.filter((what) => what === 'children /e')).toHaveLength(1);
    }),
  );

  it(
    'follows the next one ahead that still exists, from the list it knows',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const [first, second] = ['a', 'b'].map((id) => ensemble.join(id)) as [string, string];
      at('   --------b--------a', { a: () => ensemble.leave(first), b: () => ensemble.leave(second) });
      // b goes, and the record is read: a is next; a goes: nobody is left.
      const expected = '------2------1----e-L';
      expectObservable(letters(stand()), '30ms !').toBe(expected);
      flush();
      expect(session.asked.filter((what) => what === 'children /e')).toHaveLength(1);
    }),
  );

  it(
    'learns from the record that whoever stood before the last holder is gone, and asks for none of them',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const [first, second, third] = ['a', 'b', 'c'].map((id) => ensemble.join(id)) as [string, string, string];
      at('   --------a-b--c', {
        a: () => ensemble.leave(first),
        b: () => {
          ensemble.leave(second);
          ensemble.record = { holder: third, leaseMs: 30, released: true };
        },
        c: () => ensemble.leave(third),
      });
      expectObservable(letters(stand()), '30ms !').toBe('------3---------e-L');
      flush();
      expect(session.asked.filter((what) => what.startsWith('data /e/_c_'))).toHaveLength(2);
      expect(session.asked.filter((what) => what === 'children /e')).toHaveLength(1);
    }),
  );

  it(
    'keeps its place, but not its verdict, while the connection is suspended, and lists again afterwards',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const other = ensemble.join('other');
      at('   ---------c----r', { c: () => session.cut(), r: () => session.resume() });
      at('   ----------g', { g: () => ensemble.leave(other) });
      const expected = '------1--s------e-L';
      expectObservable(letters(stand()), '24ms !').toBe(expected);
      flush();
      expect(session.asked.filter((what) => what === 'create /e/_c_')).toHaveLength(1);
      expect(session.asked.filter((what) => what === 'children /e')).toHaveLength(2);
    }),
  );

  it(
    'aborts the term before it says that the session has expired, and stands again in the next one',
    story(({ stand, session, ensemble, leading, at, hot, letters, expectObservable, flush }) => {
      const session$ = hot('a-------x--b', { a: session, x: undefined, b: ensemble.open() });
      at('                  --------e', { e: () => session.expire() });
      const expected = '    ----e-L-x----------e-L';
      expectObservable(letters(stand({ session$ })), '26ms !').toBe(expected);
      flush();
      expect(leading().map(({ signal }) => signal.aborted)).toEqual([true, true]);
      expect(ensemble.line).toEqual([]);
    }),
  );

  it(
    'learns of its eviction at once, and stands again at the back of the line',
    story(({ stand, ensemble, leading, at, letters, expectObservable, flush }) => {
      at('   --------b-v', {
        b: () => void ensemble.join('other'),
        v: () => ensemble.leave(ensemble.line[0]!),
      });
      const expected = '----e-L----v-------1';
      expectObservable(letters(stand()), '22ms !').toBe(expected);
      flush();
      expect(leading().map(({ signal, isValid }) => [signal.aborted, isValid()])).toEqual([[true, false]]);
    }),
  );

  it(
    'stands again after a while that chance decides, up to four times the shortest',
    story(({ stand, ensemble, at, letters, expectObservable }) => {
      at('   --------v', { v: () => ensemble.leave(ensemble.line[0]!) });
      const options = { retryMinMs: 5, retryMaxMs: 50, random: () => 0.5 };
      expectObservable(letters(stand({ options })), '28ms !').toBe('----e-L--v 15ms e-L');
    }),
  );

  it(
    'stands again when the whole path vanished while the connection was suspended',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const other = ensemble.join('other');
      at('   ---------c--d-r', {
        c: () => session.cut(),
        d: () => ensemble.leave(other),
        r: () => {
          ensemble.tree.commit(ensemble.line.map((name) => ({ op: 'remove', path: `/e/${name}` })));
          ensemble.tree.commit([{ op: 'remove', path: '/e' }]);
          session.resume();
        },
      });
      expectObservable(letters(stand()), '40ms !').toBe('------1--s 16ms e-L');
      flush();
    }),
  );

  it(
    'ends with an error where the ACL denies what it needs: trying again cannot help',
    story(({ stand, ensemble, letters, expectObservable }) => {
      ensemble.denied.push(/^create \/e\//);
      const failed$ = letters(stand()).pipe(catchError(({ code }) => of(code)));
      expectObservable(failed$).toBe('--(d|)', { d: 'ACCESS_DENIED' });
    }),
  );
});
