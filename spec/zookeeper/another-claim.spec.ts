import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../lib/zookeeper/session.js';
import { type Story, story } from '../support/marbles.js';

const another = { holder: '_c_0000001e-0000-8000-8000-000000000000-latch-0000000000', leaseMs: 30, released: false };

/** Out of turn: as from a server that does not show us. */
const claimIt = ({ ensemble }: Pick<Story, 'ensemble'>) => {
  ensemble.record = another;
};

/** A session that shows the claim the record as it was before another claimed; for the survey it is read before. */
function behind({ ensemble, session }: Pick<Story, 'ensemble' | 'session'>): Session {
  const before = { ...ensemble.tree.get('/e') };
  claimIt({ ensemble });
  let reads = 0;
  return { ...session, get: (path) => (path === '/e' && ++reads === 2 ? of(before) : session.get(path)) };
}

const claims = (asked: readonly string[]) => asked.filter((what) => what === 'multi check set /e/_c_');

describe('whoever finds that somebody else has claimed', () => {
  it(
    'leads no more, and takes another place in line',
    story(({ stand, ensemble, leading, at, letters, expectObservable, flush }) => {
      at('----------r', { r: () => claimIt({ ensemble }) });
      at('60ms l', { l: () => expect(ensemble.line).toEqual([expect.stringMatching(/1$/)]) });
      expectObservable(letters(stand()), '90ms !').toBe('----e-L 11ms v 5ms e 53ms L');
      flush();
      expect(leading().map(({ signal }) => signal.aborted)).toEqual([true, true]);
    }),
  );

  it(
    'while its own lease was over, waits for that one when it claims again',
    story(({ stand, session, ensemble, at, letters, expectObservable }) => {
      at('--------c 36ms r', { c: () => session.cut(), r: () => session.resume() });
      at('40ms a', { a: () => claimIt({ ensemble }) });
      expectObservable(letters(stand()), '120ms !').toBe('----e-L 27ms s 12ms e 53ms L');
    }),
  );

  it(
    'while it waits for a holder that was lost, does not lead',
    story(({ stand, ensemble, at, letters, expectObservable }) => {
      claimIt({ ensemble });
      at('20ms r', { r: () => claimIt({ ensemble }) });
      expectObservable(letters(stand()), '100ms !').toBe('----e 59ms e');
    }),
  );

  it(
    'between reading the record and claiming, claims again and waits',
    story(({ stand, ensemble, session, hot, letters, expectObservable, flush }) => {
      const session$ = hot('a', { a: behind({ ensemble, session }) });
      expectObservable(letters(stand({ session$ })), '90ms !').toBe('----e 55ms L');
      flush();
      expect(claims(session.asked)).toHaveLength(2);
    }),
  );

  it(
    'waits no less when the connection is lost while it claims again',
    story(({ stand, ensemble, session, at, hot, letters, expectObservable, flush }) => {
      at('-------c--r', { c: () => session.cut('carried out'), r: () => session.resume() });
      const session$ = hot('a', { a: behind({ ensemble, session }) });
      expectObservable(letters(stand({ session$ })), '90ms !').toBe('----e--s----e 53ms L');
      flush();
      expect(claims(session.asked)).toHaveLength(3);
    }),
  );

  it(
    'leaves without freeing anybody, if it leaves while it claims again',
    story(({ stand, ensemble, session, cold, hot, letters, expectObservable, flush }) => {
      const session$ = hot('a', { a: behind({ ensemble, session }) });
      expectObservable(letters(stand({ session$, leave$: cold('-------l') }))).toBe('----e----(R|)');
      flush();
      expect([ensemble.line, ensemble.record]).toMatchObject([[], { id: 'us', released: false }]);
    }),
  );

  it(
    'claims nothing more when its session ends while it claims again',
    story(({ stand, ensemble, session, at, hot, letters, expectObservable, flush }) => {
      const session$ = hot('a------x', { a: behind({ ensemble, session }), x: undefined });
      at('                  -------e', { e: () => session.expire() });
      expectObservable(letters(stand({ session$ })), '90ms !').toBe('----e--x');
      flush();
      expect(claims(session.asked)).toHaveLength(2);
    }),
  );
});
