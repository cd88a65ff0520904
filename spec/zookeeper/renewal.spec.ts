import { filter, map, merge, scan, switchMap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { multiRequest } from '../../lib/zookeeper/multi.js';
import { prover } from '../../lib/zookeeper/renewal.js';
import { MAX_REQUEST_BYTES, type Op } from '../../lib/zookeeper/requests.js';
import type { Session } from '../../lib/zookeeper/session.js';
import { type Story, story } from '../support/marbles.js';

/** When each proof was sent, drawn at the instant of its answer. */
const proofs = ({ session }: Story, name: string, everyMs: number) =>
  session.prove(`/e/${name}`, everyMs).pipe(map(({ now }) => now));

describe('proofs for a lease', () => {
  it(
    'are sent on time and told once they are answered, with the instant of their sending',
    story((world) => {
      const { ensemble, expectObservable } = world;
      const proof$ = proofs(world, ensemble.join('a'), 10);
      expectObservable(proof$, '30ms !').toBe('12ms a 11ms b', { a: 10, b: 22 });
    }),
  );

  it(
    'for several are one transaction, as often as the most frequent wants it',
    story((world) => {
      const { ensemble, session, expectObservable, flush } = world;
      const [a, b] = [ensemble.join('a'), ensemble.join('b')];
      expectObservable(proofs(world, a, 20), '16ms !').toBe('12ms a', { a: 10 });
      expectObservable(proofs(world, b, 10), '16ms !').toBe('12ms a', { a: 10 });
      flush();
      expect(session.asked).toEqual(['multi check check /e/_c_']);
    }),
  );

  it(
    'are not sent while nobody wants any',
    story((world) => {
      const { ensemble, session, at, expectObservable, flush } = world;
      expectObservable(proofs(world, ensemble.join('a'), 10), '14ms !').toBe('12ms a', { a: 10 });
      at('200ms e', { e: () => expect(session.asked).toHaveLength(1) });
      flush();
    }),
  );

  it(
    'go on without one that is missing, which alone hears of it',
    story((world) => {
      const { ensemble, at, expectObservable } = world;
      const [a, b] = [ensemble.join('a'), ensemble.join('b')];
      at('-----v', { v: () => ensemble.leave(a) });
      const missing$ = proofs(world, a, 10);
      expectObservable(missing$).toBe('12ms #', {}, `StoreError: The store answered NO_NODE for /e/${a}.`);
      expectObservable(proofs(world, b, 10), '16ms !').toBe('14ms a', { a: 12 });
    }),
  );

  it(
    'of a claim end for that one when another follows it',
    story((world) => {
      const { ensemble, session, at, expectObservable } = world;
      const [a, b] = [ensemble.join('a'), ensemble.join('b')];
      at('-----c', { c: () => Object.assign(ensemble, { record: { holder: b, leaseMs: 30, released: false } }) });
      const refuted$ = session.prove(`/e/${a}`, 10, { path: '/e', version: ensemble.tree.get('/e').version });
      expectObservable(refuted$).toBe('12ms #', {}, 'StoreError: The store answered BAD_VERSION for /e.');
      expectObservable(proofs(world, b, 10), '16ms !').toBe('14ms a', { a: 12 });
    }),
  );

  it(
    'are sent again as soon as there is a connection',
    story((world) => {
      const { ensemble, session, at, expectObservable } = world;
      at('11ms c 13ms r', { c: () => session.cut(), r: () => session.resume() });
      expectObservable(proofs(world, ensemble.join('a'), 10), '30ms !').toBe('27ms a', { a: 25 });
    }),
  );

  it(
    'wait for the next time when the server is busy',
    story((world) => {
      const { ensemble, expectObservable } = world;
      ensemble.busy.push(/^multi check/);
      expectObservable(proofs(world, ensemble.join('a'), 10), '30ms !').toBe('24ms a', { a: 22 });
    }),
  );

  it(
    'of thousands of claims take as many requests as they need, each at most half of what a server reads',
    story((world) => {
      const { session, ensemble, clock, expectObservable, flush } = world;
      const sizes: number[] = [];
      const multi = (ops: readonly Op[]) => {
        sizes.push(multiRequest(ops, [], (path) => path).toBuffer().length);
        return session.multi(ops);
      };
      const prove = prover({ multi }, session.connected$, clock);
      const places = Array.from({ length: 8000 }, (_, i) => `/e/${ensemble.join(`${i}`)}`);
      const proven$ = merge(...places.map((place) => prove(place, 10, { path: '/e', version: 0 }))).pipe(
        scan((count) => count + 1, 0),
        filter((count) => count === places.length),
      );
      expectObservable(proven$, '13ms !').toBe('12ms a', { a: places.length });
      flush();
      expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(MAX_REQUEST_BYTES / 2);
      expect(Math.max(...sizes)).toBeLessThan(MAX_REQUEST_BYTES / 2);
    }),
  );

  describe('that take two requests', () => {
    /** Two places, each with a name that fills half a request. */
    const two = (world: Story) => {
      const names = ['a', 'b'].map((letter) => letter.repeat(100_000));
      for (const name of names) world.ensemble.tree.create(`/e/${name}`, new Uint8Array(), world.session.id);
      return names as [string, string];
    };

    it(
      'are asked for again where the server had no time for one of them; those of the other count',
      story((world) => {
        const { ensemble, expectObservable } = world;
        const [first, second] = two(world);
        ensemble.busy.push(/^multi check/);
        expectObservable(proofs(world, first, 10), '26ms !').toBe('24ms b', { b: 22 });
        expectObservable(proofs(world, second, 10), '26ms !').toBe('12ms a 11ms b', { a: 10, b: 22 });
      }),
    );

    it(
      'are all sent again when the wire breaks between the answers; the one that was answered counts',
      story((world) => {
        const { session, clock, at, expectObservable } = world;
        const [first, second] = two(world);
        const late = (ops: readonly Op[]) => timer(2, clock.scheduler).pipe(switchMap(() => session.multi(ops)));
        const multi: Session['multi'] = (ops) => (ops[0]?.path === `/e/${first}` ? session.multi(ops) : late(ops));
        const prove = prover({ multi }, session.connected$, clock);
        at('13ms c-r', { c: () => session.cut(), r: () => session.resume() });
        const sent = (name: string) => prove(`/e/${name}`, 10).pipe(map(({ now }) => now));
        expectObservable(sent(first), '21ms !').toBe('12ms a 4ms b', { a: 10, b: 15 });
        expectObservable(sent(second), '21ms !').toBe('19ms b', { b: 15 });
      }),
    );

    it(
      'go on without one that is missing from the second, which alone hears of it',
      story((world) => {
        const { ensemble, at, expectObservable } = world;
        const [first, second] = two(world);
        at('-----v', { v: () => ensemble.leave(second) });
        const refused = `StoreError: The store answered NO_NODE for /e/${second}.`;
        expectObservable(proofs(world, second, 10)).toBe('12ms #', {}, refused);
        expectObservable(proofs(world, first, 10), '16ms !').toBe('12ms a', { a: 10 });
      }),
    );
  });
});
