import { concat, map, NEVER, type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { leaderOf, live, participantsOf } from '../../lib/zookeeper/observe.js';
import type { Session } from '../../lib/zookeeper/session.js';
import { type Story, story } from '../support/marbles.js';

const CURATOR = '/e/_c_01234567-89ab-4cde-8f01-23456789abcd-latch-';

/** Who leads, as the first letter of the id; `-` in words is `n`obody. */
const leader$ = ({ session, options }: Story, session$: Observable<Session | undefined> = concat(of(session), NEVER)) =>
  live(session$, { ...options(), retryMaxMs: 5 }, (now) => leaderOf(now, '/e'), undefined).pipe(
    map((leader) => leader?.id[0] ?? 'n'),
  );

const line$ = ({ session, options }: Story) =>
  live(concat(of(session), NEVER), { ...options(), retryMaxMs: 5 }, (now) => participantsOf(now, '/e'), []).pipe(
    map((line) => line.map(({ id, role, waitsFor }) => `${id} ${role}${waitsFor ? '' : ' first'}`).join(', ')),
  );

describe('who leads', () => {
  it(
    'is whoever holds the record, until its place is gone or it said goodbye',
    story((world) => {
      const { ensemble, session, at, expectObservable, flush } = world;
      const [a, b] = [ensemble.join('a'), ensemble.join('b')];
      const claim = (holder: string, id: string, released = false) => {
        ensemble.record = { holder, id, leaseMs: 30, released };
      };
      claim(a, 'a');
      at('  ----------g---b----r', {
        g: () => ensemble.leave(a),
        b: () => claim(b, 'b'),
        r: () => claim(b, 'b', true),
      });
      // Gone at 10, seen at 11, and the line listed by 13; a claim or goodbye is seen a read later.
      expectObservable(leader$(world), '40ms !').toBe('----a--------n-----b----n');
      flush();
      expect(session.asked.slice(0, 2)).toEqual(['data /e', 'data /e/_c_']);
    }),
  );

  it(
    'costs two watches, neither of them on the line',
    story((world) => {
      const { ensemble, session, at, expectObservable, flush } = world;
      const holder = ensemble.join('a');
      ensemble.record = { holder, leaseMs: 30, released: false };
      at('8ms w', { w: () => expect(ensemble.tree.watched.sort()).toEqual(['/e', `/e/${holder}`]) });
      at('10ms j', { j: () => void ensemble.join('b') });
      expectObservable(leader$(world), '30ms !').toBe('----s');
      flush();
      expect(session.asked).toHaveLength(2);
      expect(ensemble.tree.watched).toEqual([]);
    }),
  );

  it(
    'is nobody who came back under the name of a holder that has gone',
    story((world) => {
      const { ensemble, expectObservable, flush } = world;
      const holder = ensemble.join('a');
      ensemble.record = { holder, leaseMs: 30, released: false };
      ensemble.leave(holder);
      ensemble.tree.create(`/e/${holder}`, new Uint8Array(), 99n);
      expectObservable(leader$(world), '30ms !').toBe('------n');
      flush();
    }),
  );

  it(
    'is nobody while one of ours is first and has not claimed',
    story((world) => {
      const { ensemble, at, expectObservable, flush } = world;
      const a = ensemble.join('a');
      at('  ----------c', {
        c: () => {
          ensemble.record = { holder: a, id: 'a', leaseMs: 30, released: false };
        },
      });
      expectObservable(leader$(world), '30ms !').toBe('----n----------a');
      flush();
    }),
  );

  it(
    'is a participant of another library as soon as it is first in line',
    story((world) => {
      const { ensemble, at, expectObservable, flush } = world;
      const bytes = new TextEncoder().encode('curator');
      at('  ----------j---------g', {
        j: () => void ensemble.tree.create(CURATOR, bytes, 77n, true),
        g: () => ensemble.tree.expire(77n),
      });
      expectObservable(leader$(world), '40ms !').toBe('----n------------c-----n');
      flush();
    }),
  );

  it(
    'is nobody where the path is missing; it is looked for again, and errors nothing',
    story((world) => {
      const { ensemble, at, expectObservable, flush } = world;
      ensemble.tree.commit([{ op: 'remove', path: '/e' }]);
      at('  ----------c-----------------d', {
        c: () => {
          ensemble.tree.create('/e', new Uint8Array(), 0n);
          const holder = ensemble.join('a');
          ensemble.record = { holder, id: 'a', leaseMs: 30, released: false };
        },
        d: () => {
          ensemble.tree.commit(ensemble.line.map((name) => ({ op: 'remove', path: `/e/${name}` })));
          ensemble.tree.commit([{ op: 'remove', path: '/e' }]);
        },
      });
      // Asked for again each 5 ms; gone at 28, found missing by 31.
      expectObservable(leader$(world), '46ms !').toBe('--n------n--------a------------n------n------n');
      flush();
    }),
  );

  it(
    'does not fail when the path vanishes while nobody leads',
    story((world) => {
      const { ensemble, at, expectObservable, flush } = world;
      const a = ensemble.join('a');
      at('  ----------d', {
        d: () => {
          ensemble.leave(a);
          ensemble.tree.commit([{ op: 'remove', path: '/e' }]);
        },
      });
      expectObservable(leader$(world), '22ms !').toBe('----n--------n------n');
      flush();
    }),
  );

  it(
    'is asked for again when the server is busy',
    story((world) => {
      const { ensemble, expectObservable, flush } = world;
      const holder = ensemble.join('a');
      ensemble.record = { holder, id: 'a', leaseMs: 30, released: false };
      ensemble.busy.push(/^data/);
      expectObservable(leader$(world), '20ms !').toBe('------a');
      flush();
    }),
  );

  it(
    'stays the last that was known while there is no connection, and no session',
    story((world) => {
      const { ensemble, session, at, hot, expectObservable, flush } = world;
      const a = ensemble.join('a');
      ensemble.record = { holder: a, id: 'a', leaseMs: 30, released: false };
      at('                  ---------c', { c: () => session.cut() });
      const session$ = hot('s-------------x-----t', { s: session, x: undefined, t: ensemble.open() });
      expectObservable(leader$(world, session$), '30ms !').toBe('----a-------------------a');
      flush();
    }),
  );
});

describe('the participants', () => {
  it(
    'of a long line are read sixty-four at a time, all of them in order, although the connection is lost meanwhile',
    story((world) => {
      const { ensemble, session, at, expectObservable, flush } = world;
      const ids = Array.from({ length: 150 }, (_, i) => `${i}`);
      for (const id of ids) ensemble.join(id);
      const reads: number[] = [];
      const note = () => reads.push(session.asked.filter((what) => what.endsWith(' /e/_c_')).length);
      at('---n-n-(nc)--r', { n: note, c: () => session.cut(), r: () => session.resume() });
      const told$ = line$(world).pipe(map((line) => line.split(', ').map((one) => one.split(' ')[0])));
      expectObservable(told$, '60ms !').toBe('21ms a', { a: ids });
      flush();
      expect(reads).toEqual([64, 128, 150]);
    }),
  );

  it(
    'are told in order of succession, with who waits for whom, at each change',
    story((world) => {
      const { ensemble, at, expectObservable, flush } = world;
      const a = ensemble.join('a');
      ensemble.join('b');
      at('  ----------c---------g', {
        c: () => {
          ensemble.record = { holder: a, id: 'a', leaseMs: 30, released: false };
        },
        g: () => ensemble.leave(a),
      });
      expectObservable(line$(world), '40ms !').toBe('----1--------2---------3', {
        1: 'a candidate first, b follower',
        2: 'a leader first, b follower',
        3: 'b candidate first',
      });
      flush();
    }),
  );

  it(
    'are read once each, and only newcomers later',
    story((world) => {
      const { ensemble, session, at, expectObservable, flush } = world;
      ensemble.join('a');
      at('  ----------j', { j: () => void ensemble.join('b') });
      expectObservable(line$(world), '30ms !').toBe('----1----------2', {
        1: 'a candidate first',
        2: 'a candidate first, b follower',
      });
      flush();
      expect(session.asked.filter((what) => what === 'get /e/_c_')).toHaveLength(2);
    }),
  );

  it(
    'of other libraries stand in the same line, and lead by being first',
    story((world) => {
      const { ensemble, expectObservable, flush } = world;
      ensemble.tree.create(CURATOR, new TextEncoder().encode('curator'), 77n, true);
      ensemble.tree.create('/e/somebody-elses', new Uint8Array(), 0n);
      ensemble.join('ours');
      expectObservable(line$(world), '10ms !').toBe('----1', { 1: 'curator leader first, ours follower' });
      flush();
    }),
  );

  it(
    'are none where the path is missing',
    story((world) => {
      const { ensemble, expectObservable, flush } = world;
      ensemble.tree.commit([{ op: 'remove', path: '/e' }]);
      expectObservable(line$(world), '8ms !').toBe('--1', { 1: '' });
      flush();
    }),
  );
});
