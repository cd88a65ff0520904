import { of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { workBegins } from '../../lib/election/term.js';
import { identityIn } from '../../lib/zookeeper/line.js';
import { story } from '../support/marbles.js';

const gone = '_c_0000001e-0000-8000-8000-000000000000-latch-0000000000';

describe('who leaves', () => {
  it(
    'says goodbye in the write that removes its place',
    story(({ stand, session, ensemble, cold, letters, expectObservable, flush }) => {
      const leave$ = cold('----------l');
      expectObservable(letters(stand({ leave$ }))).toBe('----e-L-----(R|)');
      flush();
      expect(session.asked.at(-1)).toBe('multi set remove /e');
      expect(ensemble.record?.released).toBe(true);
    }),
  );

  it(
    'asks for nothing if it is told to leave before it has begun',
    story(({ stand, session, letters, expectObservable, flush }) => {
      expectObservable(letters(stand({ leave$: of(undefined) }))).toBe('(R|)');
      flush();
      expect(session.asked).toEqual([]);
    }),
  );

  it(
    'writes nothing into the record if it never claimed',
    story(({ stand, session, ensemble, cold, letters, expectObservable, flush }) => {
      const other = ensemble.join('other');
      expectObservable(letters(stand({ leave$: cold('----------l') }))).toBe('------1-----(R|)');
      flush();
      expect(session.asked.at(-1)).toBe('multi remove /e/_c_');
      expect(ensemble.line).toEqual([other]);
    }),
  );

  it.each(['follower', 'candidate'])(
    'takes up nothing again though it leaves as it hears that it is a %s, and what it leaves with goes on',
    (role) =>
      story(({ stand, session, ensemble, at, flush }) => {
        const other = ensemble.join('other');
        const leave$ = new Subject<void>();
        const told: string[] = [];
        at('   ----------c---r-----a', {
          c: () => session.cut(),
          r: () => session.resume(),
          a: () => ensemble.leave(other),
        });
        stand({ leave$ }).subscribe((value) => {
          told.push(value.role);
          if (value.role === role) leave$.next();
        });
        flush();
        expect(told).toEqual(role === 'follower' ? ['follower', 'resigned'] : ['follower', 'candidate', 'resigned']);
        expect(session.asked.slice(4)).toEqual(['multi remove /e/_c_']);
      })(),
  );

  it(
    'while it still waits for a lost holder leaves the waiting to the next: not released, with the longer lease',
    story(({ stand, ensemble, cold, letters, expectObservable, flush }) => {
      ensemble.record = { holder: gone, leaseMs: 500, released: false };
      expectObservable(letters(stand({ leave$: cold('20ms l') }))).toBe('----e 17ms (R|)');
      flush();
      expect(ensemble.record).toMatchObject({ id: 'us', leaseMs: 500, released: false });
    }),
  );

  it(
    'ends no claim but the one it knows of: the record is somebody else’s, or of a later claim of ours',
    story(({ stand, session, ensemble, at, cold, letters, expectObservable, flush }) => {
      at('--------c', { c: () => (ensemble.record = { holder: gone, leaseMs: 500, released: false }) });
      expectObservable(letters(stand({ leave$: cold('----------l') }))).toBe('----e-L-------(R|)');
      flush();
      expect(session.asked.slice(-2)).toEqual(['multi set remove /e', 'multi remove /e/_c_']);
      expect([ensemble.record, ensemble.line]).toMatchObject([{ holder: gone, released: false }, []]);
    }),
  );

  it(
    'is told that the session took its place, if it did',
    story(({ stand, session, hot, cold, letters, expectObservable }) => {
      const session$ = hot('a-------x', { a: session, x: undefined });
      expectObservable(letters(stand({ session$, leave$: cold('----------l') }))).toBe('----e-L-x-(X|)');
    }),
  );

  it(
    'goes on trying across a suspension',
    story(({ stand, session, ensemble, at, cold, letters, expectObservable, flush }) => {
      at('--------c 11ms r', { c: () => session.cut(), r: () => session.resume() });
      expectObservable(letters(stand({ leave$: cold('----------l') }))).toBe('----e-L 15ms (R|)');
      flush();
      expect(ensemble.line).toEqual([]);
    }),
  );

  it(
    'goes on trying when the answer to its goodbye is lost',
    story(({ stand, session, ensemble, at, cold, letters, expectObservable, flush }) => {
      at('-----------c--r', { c: () => session.cut('carried out'), r: () => session.resume() });
      expectObservable(letters(stand({ leave$: cold('----------l') }))).toBe('----e-L 11ms (R|)');
      flush();
      expect(ensemble.record?.released).toBe(true);
    }),
  );

  it(
    'goes on trying when the server is busy',
    story(({ stand, ensemble, cold, letters, expectObservable, flush }) => {
      ensemble.busy.push(/^multi set remove/);
      expectObservable(letters(stand({ leave$: cold('----------l') }))).toBe('----e-L-------(R|)');
      flush();
      expect(ensemble.line).toEqual([]);
    }),
  );

  it(
    'has nothing to withdraw if it never asked for a place',
    story(({ stand, session, hot, cold, letters, expectObservable, flush }) => {
      const session$ = hot('-------------a', { a: session });
      expectObservable(letters(stand({ session$, leave$: cold('----------l') }))).toBe('----------(R|)');
      flush();
      expect(session.asked).toEqual([]);
    }),
  );

  it(
    'finds and removes what a create brings about that was still under way',
    story(({ stand, session, ensemble, cold, letters, expectObservable, flush }) => {
      expectObservable(letters(stand({ leave$: cold('-l') }))).toBe('---------(R|)');
      flush();
      expect(session.asked).toEqual(['create /e/_c_', 'multi check /e', 'children /e', 'get /e/_c_', 'remove /e/_c_']);
      expect(ensemble.line).toEqual([]);
    }),
  );

  it(
    'removes in a later session what an unanswered create left behind in the one before',
    story(({ stand, session, ensemble, at, hot, cold, letters, expectObservable, flush }) => {
      at('                  -c', { c: () => session.cut('carried out') });
      const session$ = hot('a---x-----b', { a: session, x: undefined, b: ensemble.open() });
      expectObservable(letters(stand({ session$, leave$: cold('------l') }))).toBe('-s--x 13ms (R|)');
      flush();
      expect(ensemble.line).toEqual([]);
    }),
  );

  it(
    'removes what a create in a new session brings about, although the place that it knew went with the old one',
    story(({ stand, session, ensemble, at, hot, cold, letters, expectObservable, flush }) => {
      at('                  --------x', { x: () => session.expire() });
      const session$ = hot('a-------x-b', { a: session, x: undefined, b: ensemble.open() });
      const leave$ = cold('---------------l');
      expectObservable(letters(stand({ session$, leave$ }))).toBe('----e-L-x 14ms (R|)');
      flush();
      expect(ensemble.line).toEqual([]);
    }),
  );

  it(
    'in the background, when nobody listens any more, says goodbye as well',
    story(({ stand, ensemble, letters, expectObservable, flush }) => {
      expectObservable(letters(stand()), '----------!').toBe('----e-L');
      flush();
      expect(ensemble.line).toEqual([]);
      expect(ensemble.record?.released).toBe(true);
    }),
  );
});

describe('a leader that is asked to step down', () => {
  it(
    'stops its work, says goodbye with a nominee, and goes to the back of the line',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      let other = '';
      const done = () => ensemble.record;
      at('   --------b-a----d', {
        b: () => {
          other = ensemble.join('other');
        },
        a: () => ensemble.ask(ensemble.line[0]!, identityIn(other)),
        d: () => expect(done()).toMatchObject({ released: true, nominee: identityIn(other) }),
      });
      const expected = '----e-L------r-------1';
      expectObservable(letters(stand()), '24ms !').toBe(expected);
      flush();
      expect(ensemble.line).toEqual([other]);
    }),
  );

  it(
    'keeps its place and its lease while the work drains, however long that takes',
    story(({ stand, ensemble, leading, at, letters, expectObservable, flush }) => {
      let ended = () => {};
      const held: boolean[] = [];
      at('   --------w-a 189ms h-e', {
        w: () => {
          ended = workBegins(leading()[0]!.signal);
        },
        a: () => ensemble.ask(ensemble.line[0]!),
        h: () => held.push(leading()[0]!.isValid(), ensemble.line.length === 1),
        e: () => ended(),
      });
      expectObservable(letters(stand()), '205ms !').toBe('----e-L------r');
      flush();
      expect(held).toEqual([true, true]);
      expect(ensemble.record?.released).toBe(true);
    }),
  );

  it(
    'gives its place up although the work goes on, once the work has had its time',
    story(({ stand, ensemble, leading, at, letters, expectObservable, flush }) => {
      at('   --------w-a', {
        w: () => void workBegins(leading()[0]!.signal),
        a: () => ensemble.ask(ensemble.line[0]!),
      });
      const held: boolean[] = [];
      at('62ms a-a', { a: () => held.push(leading()[0]!.isValid()) });
      const stand$ = stand({ election: { drainTimeoutMs: 50 } });
      // Asked at 13; the goodbye leaves at 63, and it stands again from 65 on.
      expectObservable(letters(stand$), '80ms !').toBe('----e-L------r 55ms e-L');
      flush();
      expect(held).toEqual([true, false]);
    }),
  );
});
