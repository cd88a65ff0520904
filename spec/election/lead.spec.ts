import { NEVER, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { candidate, follower, resigned } from '../../lib/election/leadership.js';
import { seen } from '../support/until.js';
import { campaigning, drawn, endless, settle, term, words } from './support.js';

describe('work that a candidacy leads', () => {
  it('runs in each of its leaderships', () => {
    const { store, handle } = campaigning();
    const tokens: bigint[] = [];
    handle.lead(({ token }) => void tokens.push(token));
    store.say(term(1n).leading, follower(1), term(5n).leading);
    expect(tokens).toEqual([1n, 5n]);
  });

  it('starts at once when it is given to one that leads already', () => {
    const { store, handle } = campaigning();
    store.say(term(3n).leading);
    const tokens: bigint[] = [];
    handle.lead(({ token }) => void tokens.push(token));
    expect(tokens).toEqual([3n]);
  });

  it('ends when its subscription does; the candidacy goes on', () => {
    const { store, handle } = campaigning();
    const log: string[] = [];
    const work = handle.lead(({ signal }) => {
      signal.addEventListener('abort', () => log.push('told'));
      return NEVER;
    });
    store.say(term().leading);
    work.unsubscribe();
    expect([log, handle.isLeader(), store.left]).toEqual([['told'], true, false]);
  });

  const failures: Array<[string, () => never | Promise<never> | ReturnType<typeof throwError>]> = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['errors', () => throwError(() => new Error('broken'))],
  ];

  it.each(failures)('that %s yields: it leaves the line, stays out, and stands again', async (_, work) => {
    const { store, handle, clock } = campaigning();
    using record = seen(handle.leadership$);
    handle.lead(work);
    const { leading } = term();
    store.say(leading);
    await settle();
    expect(leading.signal.aborted).toBe(true);
    expect(words(record.values)).toEqual(['joining', 'leader', 'resigning', 'yielding']);
    expect([store.begun, store.open, record.error]).toEqual([1, 0, undefined]);
    clock.advance(999);
    expect(store.begun).toBe(1);
    clock.advance(1);
    expect([store.begun, store.open, store.left]).toEqual([2, 1, false]);
    await handle.resign();
  });

  it('stays out longer each time it fails in a row', async () => {
    const { store, handle, clock } = campaigning();
    handle.lead(() => throwError(() => new Error('broken')));
    clock.advance(1_000_000);
    const stays: number[] = [];
    for (let token = 1n; token <= 3n; token += 1n) {
      store.say(term(token).leading);
      const since = clock.now();
      while (store.open === 0) clock.advance(1);
      stays.push(clock.now() - since);
    }
    expect(stays).toEqual([1000, 2000, 4000]);
    await handle.resign();
  });

  it('that failed after running for long stays out as if for the first time', async () => {
    const { store, handle, clock } = campaigning();
    const fail$ = new Subject<never>();
    let work = () => throwError(() => new Error('broken'));
    handle.lead(() => work());
    store.say(term(1n).leading);
    clock.advance(1000);
    work = () => fail$;
    store.say(term(2n).leading);
    clock.advance(40_000);
    fail$.error(new Error('broken at last'));
    clock.advance(1000);
    expect(store.begun).toBe(3);
    await handle.resign();
  });

  it('releases the place only after other work of the same term has drained', async () => {
    const { store, handle } = campaigning();
    const { work, end } = endless();
    handle.lead(work);
    handle.lead(() => throwError(() => new Error('broken')));
    store.say(term().leading);
    expect([store.left, handle.leadership]).toEqual([false, candidate('resigning')]);
    end();
    await settle();
    expect([store.left, handle.leadership]).toEqual([true, candidate('yielding')]);
    await handle.resign();
  });

  it('waits for the store to release its place before it may stand again', async () => {
    const { store, handle, clock } = campaigning(drawn({ answers: false }));
    handle.lead(() => throwError(() => new Error('broken')));
    store.say(term().leading);
    clock.advance(60_000);
    expect([store.begun, handle.leadership]).toEqual([1, candidate('resigning')]);
    store.say(resigned('released'));
    clock.advance(1000);
    expect(store.begun).toBe(2);
  });

  it('may resign while it stays out: nothing is left to release', async () => {
    const { store, handle, clock } = campaigning();
    handle.lead(() => throwError(() => new Error('broken')));
    store.say(term().leading);
    expect(await handle.resign()).toBe('released');
    clock.advance(60_000);
    expect([store.begun, clock.pending]).toEqual([1, 0]);
  });

  it('may resign while it is about to yield', async () => {
    const { store, handle, clock } = campaigning(drawn({ answers: false }));
    handle.lead(() => throwError(() => new Error('broken')));
    store.say(term().leading);
    const resignation = handle.resign();
    clock.advance(100);
    expect(await resignation).toBe('unknown');
    store.say(resigned('released'));
    clock.advance(60_000);
    expect([store.begun, store.open, clock.pending]).toEqual([1, 0, 0]);
  });

  it('that fails because it was aborted, or afterwards, does not yield', async () => {
    const { store, handle } = campaigning();
    handle.lead(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('half done')))),
    );
    store.say(term().leading, follower(1));
    await settle();
    expect([handle.leadership, store.left]).toEqual([follower(1), false]);
  });
});
