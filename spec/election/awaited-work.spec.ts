import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { of, Subject, tap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { candidate, type Leadership, resigned } from '../../lib/election/leadership.js';
import { drained, isIdle } from '../../lib/election/term.js';
import { whileLeader } from '../../lib/election/while-leader.js';
import { seen } from '../support/until.js';
import { endless, settle, term, virtualClock } from './support.js';

describe('work while leading, as a promise', () => {
  const rig = (options?: Parameters<typeof whileLeader>[1]) => {
    const leadership$ = new Subject<Leadership>();
    const log: string[] = [];
    const endings: Array<{ resolve(value?: unknown): void; reject(error: unknown): void }> = [];
    const work = ({ token, signal }: { token: bigint; signal: AbortSignal }) => {
      log.push(`start ${token}`);
      signal.addEventListener('abort', () => log.push(`abort ${token}`));
      return new Promise((resolve, reject) => {
        endings.push({
          resolve: (value) => {
            log.push(`end ${token}`);
            resolve(value);
          },
          reject,
        });
      });
    };
    return { leadership$, log, endings, record: seen(leadership$.pipe(whileLeader(work, options))) };
  };

  it('is told by its signal and waited for: the next leadership begins after it', async () => {
    const { leadership$, log, endings } = rig();
    leadership$.next(term(1n).leading);
    leadership$.next(candidate('expired'));
    leadership$.next(term(2n).leading);
    await settle();
    expect(log).toEqual(['start 1', 'abort 1']);
    endings[0]?.resolve();
    await settle();
    expect(log).toEqual(['start 1', 'abort 1', 'end 1', 'start 2']);
  });

  it('does not begin for a leadership that is over when its turn comes', async () => {
    const { leadership$, log, endings } = rig();
    leadership$.next(term(1n).leading);
    leadership$.next(term(2n).leading);
    leadership$.next(candidate('suspended'));
    endings[0]?.resolve();
    await settle();
    expect(log).toEqual(['start 1', 'abort 1', 'end 1']);
    leadership$.next(term(3n).leading);
    expect(log.at(-1)).toBe('start 3');
  });

  it('gives its value while leading, and keeps what it says later to itself', async () => {
    const { leadership$, endings, record } = rig();
    leadership$.next(term(1n).leading);
    endings[0]?.resolve('in time');
    await settle();
    leadership$.next(term(2n).leading);
    leadership$.next(candidate('expired'));
    endings[1]?.resolve('late');
    await settle();
    expect(record.values).toEqual(['in time']);
  });

  it('holds back the completion of the result until it has ended', async () => {
    const { leadership$, endings, record } = rig();
    leadership$.next(term(1n).leading);
    leadership$.next(resigned('released'));
    leadership$.complete();
    await settle();
    expect(record.completed).toBe(false);
    endings[0]?.resolve();
    await settle();
    expect([record.completed, record.error]).toEqual([true, undefined]);
  });

  it('may reject because it was aborted, which is no error; any other rejection is one', async () => {
    const told = rig();
    const first = term(1n);
    told.leadership$.next(first.leading);
    first.abort();
    told.endings[0]?.reject(new DOMException('This operation was aborted', 'AbortError'));
    await settle();
    expect(told.record.error).toBe(undefined);
    told.leadership$.next(term(2n).leading);
    told.leadership$.next(candidate('expired'));
    told.endings[1]?.reject(new Error('disk full'));
    await settle();
    expect(told.record.error).toEqual(new Error('disk full'));
  });

  it('is counted until it has ended, so that a resignation waits for it', async () => {
    const { leadership$, endings } = rig();
    const { leading, abort } = term(1n);
    leadership$.next(leading);
    abort();
    using record = seen(drained(leading, 60_000, virtualClock().scheduler));
    await settle();
    expect(record.values).toEqual([]);
    endings[0]?.resolve();
    await settle();
    expect(record.values).toEqual(['drained']);
  });

  it('is still counted when nobody listens to the result any more', async () => {
    const { leadership$, endings, record } = rig();
    const { leading } = term(1n);
    leadership$.next(leading);
    record[Symbol.dispose]();
    expect(isIdle(leading)).toBe(false);
    endings[0]?.resolve();
    await settle();
    expect(isIdle(leading)).toBe(true);
  });
});

describe('work that does not end when told to', () => {
  const channel = 'succession:work:abandoned';
  const events: unknown[] = [];
  const listen = (event: unknown) => void events.push(event);
  afterEach(() => {
    unsubscribe(channel, listen);
    events.length = 0;
  });

  it('is given up after drainTimeoutMs, reported, and the next leadership begins', async () => {
    subscribe(channel, listen);
    const clock = virtualClock();
    const leadership$ = new Subject<Leadership>();
    const started: bigint[] = [];
    const never = ({ token }: { token: bigint }) => {
      started.push(token);
      return new Promise<never>(() => undefined);
    };
    leadership$.pipe(whileLeader(never, { drainTimeoutMs: 500, clock })).subscribe();
    leadership$.next(term(1n).leading);
    leadership$.next(term(2n).leading);
    clock.advance(499);
    expect([started, events]).toEqual([[1n], []]);
    clock.advance(1);
    expect([started, events]).toEqual([[1n, 2n], [{ token: 1n, afterMs: 500 }]]);
  });

  it('leaves no timer behind when it ends in time', async () => {
    subscribe(channel, listen);
    const clock = virtualClock();
    const leadership$ = new Subject<Leadership>();
    const { work, end } = endless();
    leadership$.pipe(whileLeader(work, { drainTimeoutMs: 500, clock })).subscribe();
    leadership$.next(term(1n).leading);
    leadership$.next(candidate('expired'));
    end();
    await settle();
    clock.advance(1000);
    expect(events).toEqual([]);
  });
});

describe('work while leading, as an async iterable', () => {
  it('gives its items, is not drawn from any more once told to stop, and its cleanup is waited for', async () => {
    const leadership$ = new Subject<Leadership>();
    const next$ = new Subject<number>();
    const log: string[] = [];
    async function* work({ token }: { token: bigint }) {
      try {
        for (let item = 1; ; item += 1) {
          await new Promise<void>((resolve) => void next$.pipe(tap(() => resolve())).subscribe());
          yield `${token}.${item}`;
        }
      } finally {
        log.push(`cleaning up ${token}`);
        await new Promise<void>((resolve) => void next$.pipe(tap(() => resolve())).subscribe());
        log.push(`ended ${token}`);
      }
    }
    using record = seen(leadership$.pipe(whileLeader(work)));
    const { leading } = term(1n);
    leadership$.next(leading);
    await settle();
    next$.next(0);
    await settle();
    leadership$.next(term(2n).leading);
    next$.next(0);
    await settle();
    expect([record.values, log, isIdle(leading)]).toEqual([['1.1'], ['cleaning up 1'], false]);
    next$.next(0);
    await settle();
    expect([log, isIdle(leading)]).toEqual([['cleaning up 1', 'ended 1'], true]);
    next$.next(0);
    await settle();
    expect(record.values).toEqual(['1.1', '2.1']);
  });

  it('that throws is an error of the result', async () => {
    // biome-ignore lint/correctness/useYield: it throws first.
    async function* work(): AsyncGenerator<never> {
      throw new Error('broken');
    }
    const { leading } = term();
    using record = seen(of<Leadership>(leading).pipe(whileLeader(work)));
    await settle();
    expect([record.error, isIdle(leading)]).toEqual([new Error('broken'), true]);
  });
});
