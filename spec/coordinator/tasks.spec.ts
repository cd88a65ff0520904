import fc from 'fast-check';
import { concat, lastValueFrom, NEVER, Observable, of, Subject, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { leadOrFollow } from '../../lib/coordinator/tasks.js';
import { candidate, follower, type Leadership } from '../../lib/election/leadership.js';
import { openTerm } from '../../lib/election/term.js';
import { InvalidOptionError } from '../../lib/errors.js';
import { until } from '../support/until.js';

const leader = (token: number): Leadership => openTerm(BigInt(token), () => true).leading;

describe('two tasks', () => {
  it('run one at a time, each as long as its verdict stands, whatever the verdicts are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('lead', 'follow', 'none'), { maxLength: 12 }), async (schedule) => {
        const leadership$ = new Subject<Leadership>();
        const running = new Set<string>();
        const log: string[] = [];
        let most = 0;
        const task = async (name: string, signal: AbortSignal) => {
          running.add(name);
          log.push(name);
          most = Math.max(most, running.size);
          if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop));
          await lastValueFrom(timer(1));
          running.delete(name);
          return name;
        };
        const tasks = {
          whileLeading: ({ signal }: { signal: AbortSignal }) => task('lead', signal),
          whileFollowing: (signal: AbortSignal) => task('follow', signal),
        };
        const ended = lastValueFrom(leadership$.pipe(leadOrFollow(tasks), toArray()));
        for (const [n, verdict] of schedule.entries()) {
          leadership$.next(
            verdict === 'lead' ? leader(n) : verdict === 'follow' ? follower(n) : candidate('suspended'),
          );
          await lastValueFrom(timer(n % 3));
        }
        // The last verdict is never missed.
        const last = schedule.at(-1) ?? 'none';
        await until(() => [...running].join() === (last === 'none' ? '' : last));
        leadership$.complete();
        await ended;
        expect([most <= 1, running.size]).toEqual([true, 0]);
        expect(log.length).toBeLessThanOrEqual(schedule.length);
      }),
      { numRuns: 40 },
    );
  }, 20_000);

  it('do not stop when the line ahead only gets shorter', () => {
    const log: string[] = [];
    const whileFollowing = () =>
      new Observable<never>(() => {
        log.push('starts');
        return () => log.push('stops');
      });
    const running = concat(of(follower(3), follower(2), follower(1)), NEVER)
      .pipe(leadOrFollow({ whileFollowing }))
      .subscribe();
    expect(log).toEqual(['starts']);
    running.unsubscribe();
    expect(log).toEqual(['starts', 'stops']);
  });

  it('tell of an error', async () => {
    const failing = of(follower(1)).pipe(
      leadOrFollow({
        whileFollowing: () => {
          throw new Error('no disk');
        },
      }),
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('no disk');
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, Number.NaN, -1])(
    'are not begun with a drain of %s ms: a timer would take it for none, and they would overlap',
    (drainTimeoutMs) => {
      expect(() => leadOrFollow({}, { drainTimeoutMs })).toThrow(InvalidOptionError);
    },
  );
});
