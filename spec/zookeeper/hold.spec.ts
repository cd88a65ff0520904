import { describe, expect, it } from 'vitest';
import { UNNOTICED_JUMP_MS } from '../../lib/election/lease.js';
import { story } from '../support/marbles.js';

/** The claim is sent at 4 and answered at 6; the lease is 30 ms, renewed every 10. */
describe('a leader', () => {
  it(
    'believes as long as its lease is renewed',
    story(({ stand, letters, expectObservable, flush }) => {
      expectObservable(letters(stand()), '500ms !').toBe('----e-L');
      flush();
    }),
  );

  it(
    'stops believing exactly one lease after it sent the claim, if nothing is renewed',
    story(({ stand, session, at, letters, expectObservable, flush }) => {
      at('-------c', { c: () => session.cut() });
      expectObservable(letters(stand()), '60ms !').toBe('----e-L 27ms s');
      flush();
    }),
  );

  it(
    'stops believing one lease after it sent the last renewal that was answered',
    story(({ stand, session, at, letters, expectObservable, flush }) => {
      // The first renewal is sent at 16 and answered at 18, the second is sent at 28 and lost.
      at('29ms c', { c: () => session.cut() });
      expectObservable(letters(stand()), '80ms !').toBe('----e-L 39ms s');
      flush();
    }),
  );

  it(
    'answers the question whether it holds from the clock, also before any timer has fired',
    story(({ stand, session, leading, clock, at, expectObservable, flush }) => {
      const held: boolean[] = [];
      const ask = () => held.push(leading()[0]!.isValid());
      at('-------c 25ms b', { c: () => session.cut(), b: ask });
      at('34ms a', { a: ask });
      expectObservable(stand(), '40ms !');
      flush();
      expect(held).toEqual([true, false]);
      expect(clock.now()).toBeGreaterThan(34);
    }),
  );

  it(
    'that was paused says no before anything else: its timers are late, its clock is not',
    story(({ stand, leading, clock, at, letters, expectObservable, flush }) => {
      const held: boolean[] = [];
      at('--------p', { p: () => clock.pause(40) });
      at('--------p', { p: () => held.push(leading()[0]!.isValid()) });
      // The answer to the renewal of 16 is the first thing that happens afterwards.
      expectObservable(letters(stand()), '24ms !').toBe('----e-L 11ms s-e-L');
      flush();
      expect(held).toEqual([false]);
    }),
  );

  it(
    'keeps its leadership through a short loss of the connection',
    story(({ stand, session, at, letters, expectObservable, flush }) => {
      at('-------c 13ms r', { c: () => session.cut(), r: () => session.resume() });
      expectObservable(letters(stand()), '90ms !').toBe('----e-L');
      flush();
    }),
  );

  it(
    'gives up at the first doubt with onSuspend: stop',
    story(({ stand, session, at, letters, expectObservable, flush }) => {
      at('-------c 13ms r', { c: () => session.cut(), r: () => session.resume() });
      const stand$ = stand({ options: { onSuspend: 'stop' } });
      expectObservable(letters(stand$), '40ms !').toBe('----e-Ls 15ms e-L');
      flush();
    }),
  );

  it(
    'claims again in the same session after its lease has lapsed: a new leadership, a larger token',
    story(({ stand, session, ensemble, leading, at, letters, expectObservable, flush }) => {
      at('-------c 42ms r', { c: () => session.cut(), r: () => session.resume() });
      at('60ms a', { a: () => expect(ensemble.line).toHaveLength(1) });
      expectObservable(letters(stand()), '70ms !').toBe('----e-L 27ms s 17ms e-L');
      flush();
      const [first, second] = leading();
      expect(second!.token).toBeGreaterThan(first!.token);
      expect(first!.isValid()).toBe(false);
    }),
  );

  it(
    'ends its lease when the wall clock jumps ahead of the monotonic one: the machine was asleep',
    story(({ stand, leading, clock, at, letters, expectObservable, flush }) => {
      const held: boolean[] = [];
      at('--------s', { s: () => clock.jump(UNNOTICED_JUMP_MS + 1) });
      at('--------s', { s: () => held.push(leading()[0]!.isValid()) });
      // The answer to the renewal of 16 brings the news; then it claims anew.
      expectObservable(letters(stand()), '40ms !').toBe('----e-L 11ms s-e-L');
      flush();
      expect(held).toEqual([false]);
    }),
  );

  it(
    'never believes again in a lease it has once said no to, even if the clocks come together again',
    story(({ stand, leading, clock, at, letters, expectObservable, flush }) => {
      const held: boolean[] = [];
      const ask = () => held.push(leading()[0]!.isValid());
      at('--------sa', { s: () => clock.jump(UNNOTICED_JUMP_MS + 1), a: ask });
      at('----------ba', { b: () => clock.jump(-UNNOTICED_JUMP_MS - 1), a: ask });
      expectObservable(letters(stand()), '19ms !').toBe('----e-L 11ms s');
      flush();
      expect(held).toEqual([false, false]);
    }),
  );

  it(
    'never revives: once it has said no, a renewal that was under way changes nothing',
    story(({ stand, session, leading, at, letters, expectObservable, flush }) => {
      const held: boolean[] = [];
      // The renewal sent at 16 is answered only after the lease has lapsed.
      at('---------------d', { d: () => session.delay(18) });
      at('35ms a--b', { a: () => held.push(leading()[0]!.isValid()), b: () => held.push(leading()[0]!.isValid()) });
      expectObservable(letters(stand()), '36ms !').toBe('----e-L 27ms s');
      flush();
      expect(held).toEqual([false, false]);
    }),
  );
});

describe('a claim', () => {
  it(
    'waits for the lease of a holder that was lost, proves itself anew, and only then leads',
    story(({ stand, session, ensemble, letters, expectObservable, flush }) => {
      ensemble.record = { holder: ensemble.line[0] ?? gone, leaseMs: 30, released: false };
      // Claimed at 6, clear at 6 + 30 + 20, proven at 58.
      expectObservable(letters(stand()), '64ms !').toBe('----e 53ms L');
      flush();
      expect(session.asked.filter((what) => what.startsWith('multi check'))).toEqual([
        'multi check set /e/_c_',
        'multi check check /e/_c_',
      ]);
    }),
  );

  it(
    'does not wait for a holder that said goodbye',
    story(({ stand, ensemble, letters, expectObservable, flush }) => {
      ensemble.record = { holder: gone, leaseMs: 30, released: true };
      expectObservable(letters(stand()), '12ms !').toBe('----e-L');
      flush();
    }),
  );

  it(
    'does not wait for its own earlier claim, in a later session either',
    story(({ stand, session, ensemble, at, hot, letters, expectObservable, flush }) => {
      const session$ = hot('a-------(xb)', { a: session, x: undefined, b: ensemble.open() });
      at('                  --------e', { e: () => session.expire() });
      expectObservable(letters(stand({ session$ })), '24ms !').toBe('----e-L-x-------e-L');
      flush();
    }),
  );

  it(
    'whose answer was lost is made again, and waited for like a stranger’s',
    story(({ stand, session, at, letters, expectObservable, flush }) => {
      at('-----c--r', { c: () => session.cut('carried out'), r: () => session.resume() });
      // Claimed again at 12, so clear at 62.
      expectObservable(letters(stand()), '70ms !').toBe('----es----e 53ms L');
      flush();
    }),
  );

  it(
    'is not taken for an earlier one of a place whose name has come again',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      const names = new Set<string>();
      at('-------n-d-------c-n--r', {
        n: () => names.add(ensemble.line[0]!),
        d: () => {
          ensemble.beginAgain();
          ensemble.record = { holder: gone, leaseMs: 30, released: false };
        },
        c: () => session.cut('carried out'),
        r: () => session.resume(),
      });
      // Claimed again at 26, behind a stranger's claim: clear at 76, although the record names us.
      expectObservable(letters(stand()), '90ms !').toBe('----e-L---v-----es------e 53ms L');
      flush();
      expect(names.size).toBe(1);
    }),
  );

  it(
    'that is still waiting starts no leadership when the connection is lost meanwhile',
    story(({ stand, session, ensemble, at, letters, expectObservable, flush }) => {
      ensemble.record = { holder: gone, leaseMs: 30, released: false };
      at('20ms c 9ms r', { c: () => session.cut(), r: () => session.resume() });
      expectObservable(letters(stand()), '64ms !').toBe('----e 15ms s 11ms e 25ms L');
      flush();
    }),
  );

  it(
    'is over when its place is removed while it waits',
    story(({ stand, ensemble, at, letters, expectObservable, flush }) => {
      ensemble.record = { holder: gone, leaseMs: 30, released: false };
      at('20ms v', { v: () => ensemble.leave(ensemble.line[0]!) });
      // A new place at 25, claimed at 29, but never waits for its own claim longer than that had to.
      expectObservable(letters(stand()), '64ms !').toBe('----e 22ms e 30ms L');
      flush();
    }),
  );
});

const gone = '_c_0000001e-0000-8000-8000-000000000000-latch-0000000000';
