/**
 * Whatever a backend says, in whatever order: work starts and stops in pairs, never two at once for one participant,
 * never without a leadership that is valid at that very moment, and always if there is one.
 */
import fc from 'fast-check';
import { Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { candidate, follower, type Leadership } from '../../lib/election/leadership.js';
import { isIdle } from '../../lib/election/term.js';
import { whileLeader } from '../../lib/election/while-leader.js';
import { settle, term, virtualClock } from './support.js';

const steps = ['lead', 'lead', 'follow', 'suspend', 'abort', 'lapse', 'end work', 'end work', 'complete work'] as const;
const forms = ['observable', 'promise', 'iterable'] as const;

type Step = (typeof steps)[number];
type Form = (typeof forms)[number];

/** A participant whose leadership and work are moved by hand. */
function participant(form: Form) {
  const leadership$ = new Subject<Leadership>();
  const started: bigint[] = [];
  const stopped: bigint[] = [];
  const terms: Array<ReturnType<typeof term>> = [];
  const faults: string[] = [];
  let current: bigint | undefined;
  let end: () => void = () => undefined;
  let endAfterAbort: () => void = () => undefined;

  const work = (own: { token: bigint; signal: AbortSignal; isValid(): boolean }) => {
    if (!own.isValid() || own.signal.aborted || own.token !== current) faults.push(`stale start ${own.token}`);
    if (started.length !== stopped.length) faults.push(`two at once ${own.token}`);
    started.push(own.token);
    const stop = () => void stopped.push(own.token);
    if (form === 'observable')
      return new Observable((subscriber) => {
        end = () => subscriber.complete();
        endAfterAbort = () => undefined;
        return stop;
      });
    const promise = new Promise<void>((resolve) => {
      end = resolve;
      endAfterAbort = () => own.signal.aborted && resolve();
    }).then(stop);
    return form === 'promise' ? promise : once(promise);
  };
  const worked$ = leadership$.pipe(whileLeader(work, { clock: virtualClock() }));
  const worked = worked$.subscribe({ error: () => undefined });
  const say = (value: Leadership) => {
    current = value.role === 'leader' ? value.token : undefined;
    leadership$.next(value);
  };
  const moves: Record<Step, () => void> = {
    lead: () => {
      terms.push(term(BigInt(terms.length + 1)));
      say((terms.at(-1) as (typeof terms)[number]).leading);
    },
    follow: () => say(follower(1)),
    suspend: () => say(candidate('suspended')),
    abort: () => terms.at(-1)?.abort(),
    lapse: () => terms.at(-1)?.lapse(),
    'end work': () => endAfterAbort(),
    'complete work': () => end(),
  };
  const isLeading = () => {
    const last = terms.at(-1)?.leading;
    return last !== undefined && last.token === current && !last.signal.aborted && last.isValid();
  };
  return { leadership$, started, stopped, terms, faults, moves, worked, isLeading };
}

async function* once(promise: Promise<void>): AsyncGenerator<void> {
  yield await promise;
}

const script = fc.array(fc.constantFrom(...steps), { maxLength: 40 });

describe.each(forms)('work in the form of an %s', (form) => {
  it('starts only when leading, one at a time, and runs whenever there is a leadership to run under', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (moves) => {
        const { started, stopped, faults, isLeading, terms, moves: move } = participant(form);
        for (const step of moves) {
          move[step]();
          await settle();
          const last = terms.at(-1)?.leading.token;
          if (isLeading() && started.length === stopped.length) expect(started).toContain(last);
        }
        expect(faults).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it.each(['completion', 'unsubscription', 'error'] as const)(
    'ends as often as it starts, up to %s',
    async (ending) => {
      await fc.assert(
        fc.asyncProperty(script, async (moves) => {
          const { leadership$, started, stopped, terms, worked, moves: move } = participant(form);
          for (const step of moves) {
            move[step]();
            await settle();
          }
          if (ending === 'completion') leadership$.complete();
          if (ending === 'unsubscription') worked.unsubscribe();
          if (ending === 'error') leadership$.error(new Error('denied'));
          for (const _ of moves) {
            move['end work']();
            await settle();
          }
          expect(stopped).toEqual(started);
          expect(new Set(started).size).toBe(started.length);
          expect(terms.every(({ leading }) => isIdle(leading))).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
  );
});
