import { of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { seen, until } from './until.js';

describe('until', () => {
  it('returns what the predicate says once it holds', async () => {
    let asked = 0;
    expect(await until(() => (++asked < 3 ? undefined : `asked ${asked} times`))).toBe('asked 3 times');
  });

  it('takes a predicate that throws for one that does not hold yet', async () => {
    let asked = 0;
    const predicate = () => {
      if (++asked < 3) throw new Error('still starting');
      return true;
    };
    expect(await until(predicate)).toBe(true);
  });

  it('names what it waited for, the last answer and the last error at the deadline', async () => {
    const waiting = until(() => 0, { within: 20, describe: () => 'three leaders' });
    await expect(waiting).rejects.toThrow('not within 20 ms: three leaders (last answer: 0)');
    const failing = until(() => Promise.reject(new Error('refused')), { within: 20, describe: 'an answer' });
    await expect(failing).rejects.toMatchObject({ cause: new Error('refused') });
  });

  it('gives up on a predicate that never answers', async () => {
    await expect(until(() => new Promise(() => undefined), { within: 20 })).rejects.toThrow('not within 20 ms');
  });
});

describe('seen', () => {
  it('records every value and how it ended', () => {
    using record = seen(of(1, 2, 3));
    expect(record.values).toEqual([1, 2, 3]);
    expect(record.last).toBe(3);
    expect(record.completed).toBe(true);
  });

  it('finds a value that came before the question, and each value once', async () => {
    const source = new Subject<number>();
    using record = seen(source);
    source.next(1);
    source.next(2);
    expect(await record.next((value) => value > 0)).toBe(1);
    expect(await record.next((value) => value > 0)).toBe(2);
    const third = record.next();
    source.next(3);
    expect(await third).toBe(3);
  });

  it('finds a falsy value', async () => {
    using record = seen(of(undefined, 0));
    expect(await record.next()).toBe(undefined);
    expect(await record.next()).toBe(0);
  });

  it('says at once that a finished source has no such value', async () => {
    using record = seen(of(1));
    await expect(record.next((value) => value === 2)).rejects.toThrow('ended without');
  });

  it('unsubscribes when disposed', () => {
    const source = new Subject<number>();
    {
      using _record = seen(source);
      expect(source.observed).toBe(true);
    }
    expect(source.observed).toBe(false);
  });
});
