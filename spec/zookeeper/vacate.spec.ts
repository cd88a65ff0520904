import { EMPTY } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../lib/zookeeper/session.js';
import { story } from '../support/marbles.js';

/** Its server has lost the creation of the first place of all. */
const apart = (session: Session): Session => ({
  ...session,
  watch: (path) => (path.endsWith('0000000000') ? EMPTY : session.watch(path)),
});

const removals = (asked: readonly string[]) => asked.filter((what) => what.startsWith('remove'));

describe('a place that its own server does not show', () => {
  it(
    'is removed, over lost connections too: nobody else would get past it',
    story(({ stand, session, ensemble, at, hot, letters, expectObservable, flush }) => {
      at('   -----c--r', { c: () => session.cut(), r: () => session.resume() });
      at('80ms a', { a: () => expect(ensemble.line).toEqual([expect.stringMatching(/1$/)]) });
      const session$ = hot('a', { a: apart(session) });
      expectObservable(letters(stand({ session$ })), '90ms !').toBe('----es----e-----e 53ms L');
      flush();
    }),
  );

  it(
    'goes with the session that ends meanwhile: the next one looks for it first',
    story(({ stand, session, ensemble, at, hot, letters, expectObservable, flush }) => {
      const next = ensemble.open();
      const session$ = hot('a----x-b', { a: apart(session), x: undefined, b: next });
      at('                  -----e', { e: () => session.expire() });
      at('80ms l', { l: () => expect(ensemble.line).toHaveLength(1) });
      expectObservable(letters(stand({ session$ })), '90ms !').toBe('----ex 9ms e-L');
      flush();
      expect(next.asked.slice(0, 3)).toEqual(['multi check /e', 'children /e', 'create /e/_c_']);
    }),
  );

  it(
    'is left by whoever resigns while it is removed',
    story(({ stand, session, ensemble, cold, hot, letters, expectObservable, flush }) => {
      const session$ = hot('a', { a: apart(session) });
      expectObservable(letters(stand({ session$, leave$: cold('-----l') }))).toBe('----e--(R|)');
      flush();
      expect(ensemble.line).toEqual([]);
    }),
  );

  it(
    'is not lent any more at once, and again if another server shows it',
    story(({ stand, session, ensemble, at, hot, letters, expectObservable, flush }) => {
      const lent: (string | undefined)[] = [];
      const lender = {
        seated: (seat?: { name: string }) => lent.push(seat?.name.slice(-1)),
        unseated: () => EMPTY,
      };
      let shown = false;
      const moving: Session = { ...session, watch: (path) => (shown ? session : apart(session)).watch(path) };
      at('   -----c--r', {
        c: () => {
          expect(lent).toEqual(['0', undefined]);
          session.cut();
        },
        r: () => {
          shown = true;
          session.resume();
        },
      });
      expectObservable(letters(stand({ session$: hot('a', { a: moving }), lender })), '90ms !').toBe('----es----e-L');
      flush();
      expect(lent.slice(0, 3)).toEqual(['0', undefined, '0']);
      expect(ensemble.line).toEqual([]);
      expect(removals(session.asked)).toHaveLength(1);
    }),
  );
});
