import { ignoreElements, map, Observable, switchMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConnectionLostError } from '../../lib/errors.js';
import type { Znode } from '../../lib/zookeeper/requests.js';
import type { Session } from '../../lib/zookeeper/session.js';
import { vacancies } from '../../lib/zookeeper/vacancy.js';
import { story } from '../support/marbles.js';

const lost = new ConnectionLostError();

const untilVacant = (session: Session, path: string): Observable<Znode> =>
  new Observable((subscriber) => session.untilVacant(path, subscriber));

describe('until a place is vacant', () => {
  it(
    'its data is told, now and after each change; then it is gone',
    story(({ session, ensemble, at, expectObservable }) => {
      const name = ensemble.join('first');
      at('------c---a', { c: () => ensemble.ask(name), a: () => ensemble.leave(name) });
      const versions$ = untilVacant(session, `/e/${name}`).pipe(map(({ version }) => version));
      expectObservable(versions$).toBe('--a------b-|', { a: 0, b: 1 });
    }),
  );

  it(
    'whoever waits is told that the wire is lost, and whoever begins to wait without one',
    story(({ session, ensemble, at, cold, expectObservable }) => {
      const places = ['first', 'second'].map((id) => `/e/${ensemble.join(id)}`);
      at('----c', { c: () => session.cut() });
      for (const place of places)
        expectObservable(untilVacant(session, place).pipe(ignoreElements()), '20ms !').toBe('----#', undefined, lost);
      const late$ = cold('------w').pipe(switchMap(() => untilVacant(session, places[0]!)));
      expectObservable(late$, '20ms !').toBe('------#', undefined, lost);
    }),
  );

  it(
    'whoever waits is told that the session is over, though its wire was never lost',
    story(({ session, ensemble, at, expectObservable }) => {
      const places = ['first', 'second'].map((id) => `/e/${ensemble.join(id)}`);
      at('----o', { o: () => session.giveUp() });
      for (const place of places)
        expectObservable(untilVacant(session, place).pipe(ignoreElements()), '20ms !').toBe('----#', undefined, lost);
    }),
  );

  it(
    'all who wait are asked for with a write each, and whoever has left no more',
    story(({ session, ensemble, expectObservable, flush }) => {
      ensemble.tree.silent = true;
      const waiting = (id: string) => untilVacant(session, `/e/${ensemble.join(id)}`).pipe(ignoreElements());
      expectObservable(waiting('first'), '10500ms !').toBe('-');
      expectObservable(waiting('second'), '20500ms !').toBe('-');
      flush();
      expect(session.asked.filter((what) => what.startsWith('multi'))).toHaveLength(3);
    }),
  );

  it(
    'a watch that fails as it is begun is left',
    story(({ session, clock }) => {
      let left = 0;
      const told: unknown[] = [];
      const follow: Session['follow'] = (_path, who) => {
        who.error('denied');
        return { unsubscribe: () => left++ };
      };
      const wait = vacancies({ ...session, follow }, session.connection$, () => true, session.timings, clock);
      const error = (failure: unknown) => void told.push(failure);
      const waiting = wait('/e', { error, next: error, complete: () => error('gone') });
      expect([told, left, waiting.closed]).toEqual([['denied'], 1, true]);
    }),
  );
});
