import { config, EMPTY, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { candidate, follower, resigned } from '../../lib/election/leadership.js';
import { AuthenticationError } from '../../lib/errors.js';
import { seen } from '../support/until.js';
import { campaigning, type Drawn, drawn, term, words } from './support.js';

describe('a candidacy', () => {
  it('stands at once, whether or not anybody listens, and only once', () => {
    const { store, handle } = campaigning();
    expect([store.begun, store.open]).toEqual([1, 1]);
    handle.leadership$.subscribe().unsubscribe();
    handle.leadership$.subscribe();
    expect([store.begun, store.open, store.left]).toEqual([1, 1, false]);
  });

  it('can be asked, and told to leave, by functions handed to whoever asks', async () => {
    const { isLeader, resign } = campaigning().handle;
    expect(isLeader()).toBe(false);
    expect(await resign()).toBe('released');
  });

  it('has a value before its backend has said anything', () => {
    const { handle } = campaigning();
    using record = seen(handle.leadership$);
    expect(record.values).toEqual([candidate('joining')]);
    expect(handle.leadership).toEqual(candidate('joining'));
  });

  it('tells a late subscriber the current value at once, and the last one after it has ended', async () => {
    const { store, handle } = campaigning();
    store.say(candidate('electing'), follower(2));
    using late = seen(handle.leadership$);
    expect(late.values).toEqual([follower(2)]);
    await handle.resign();
    using after = seen(handle.leadership$);
    expect([after.values, after.completed, handle.leadership]).toEqual([
      [resigned('released')],
      true,
      resigned('released'),
    ]);
  });

  it('leads while its term is valid, and asks at each call', () => {
    const { store, handle } = campaigning();
    const { leading, lapse } = term(7n);
    store.say(leading);
    expect([handle.isLeader(), handle.leadership]).toEqual([true, leading]);
    lapse();
    expect([handle.isLeader(), handle.leadership]).toEqual([false, candidate('suspended')]);
  });

  it('does not lead once the signal of its term has aborted, before any value says so', () => {
    const { store, handle } = campaigning();
    const { leading, abort } = term(7n);
    store.say(leading);
    abort();
    expect([handle.isLeader(), leading.isValid()]).toEqual([false, true]);
  });

  it('shows a lapsed leadership to no late subscriber, nor repeats what it showed instead', () => {
    const { store, handle } = campaigning();
    const { leading, lapse } = term(7n);
    store.say(leading);
    lapse();
    using late = seen(handle.leadership$);
    store.say(candidate('suspended'), candidate('expired'));
    expect(late.values).toEqual([candidate('suspended'), candidate('expired')]);
  });

  it('shows a leadership to nobody whose turn comes after it lapsed', () => {
    const { store, handle } = campaigning();
    const { leading, lapse } = term(7n);
    handle.leadership$.subscribe(({ role }) => role === 'leader' && lapse());
    using second = seen(handle.leadership$);
    store.say(leading);
    expect(second.values).toEqual([candidate('joining'), candidate('suspended')]);
  });

  it('tells all subscribers the same story when one of them makes the next value come', () => {
    const { store, handle } = campaigning();
    handle.leadership$.subscribe((value) => value.role === 'follower' && value.ahead === 2 && store.say(follower(1)));
    using second = seen(handle.leadership$);
    store.say(follower(2));
    expect(second.values).toEqual([candidate('joining'), follower(2), follower(1)]);
    expect(handle.leadership).toEqual(follower(1));
  });

  it('tells all subscribers the same story when one of them resigns in the middle of it', () => {
    const { store, handle } = campaigning();
    using before = seen(handle.leadership$);
    handle.leadership$.subscribe(({ role }) => role === 'leader' && void handle.resign());
    using after = seen(handle.leadership$);
    store.say(term().leading);
    const resignation = ['joining', 'resigning', 'resigned'];
    expect(words(before.values)).toEqual(['joining', 'leader', 'resigning', 'resigned']);
    expect(words(after.values)).toEqual(resignation);
  });

  it('aborts the signal of a leadership that another value follows, whatever its backend forgets', () => {
    const { store, handle } = campaigning();
    const { leading } = term();
    store.say(leading, follower(1));
    expect([leading.signal.aborted, handle.leadership]).toEqual([true, follower(1)]);
  });

  it('ends when its backend ends it', async () => {
    const { store, handle } = campaigning();
    using record = seen(handle.leadership$);
    store.say(follower(1), resigned('expired'));
    expect([words(record.values), record.completed]).toEqual([['joining', 'follower', 'resigned'], true]);
    expect(await handle.resign()).toBe('expired');
    expect(store.begun).toBe(1);
  });
});

describe('an exception in a subscriber', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('is reported by RxJS and stalls neither the candidacy nor the other subscribers', async () => {
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => void reported.push(error);
    const { store, handle } = campaigning();
    handle.leadership$.subscribe(() => {
      throw new Error('a bug of the user');
    });
    using other = seen(handle.leadership$);
    store.say(follower(1), term().leading);
    expect(words(other.values)).toEqual(['joining', 'follower', 'leader']);
    expect(await handle.resign()).toBe('released');
    await new Promise((resolve) => void setTimeout(resolve));
    expect(reported[0]).toEqual(new Error('a bug of the user'));
  });
});

describe('an exception in a logger', () => {
  it('stalls nothing', async () => {
    const broken = () => {
      throw new TypeError('Do not know how to serialize a BigInt');
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    const { store, handle, clock } = campaigning(drawn(), { logger });
    using record = seen(handle.leadership$);
    handle.lead(() => throwError(() => new Error('broken')));
    store.say(term().leading);
    clock.advance(1000);
    store.say(follower(1));
    expect([record.error, handle.leadership, store.begun]).toEqual([undefined, follower(1), 2]);
    expect(await handle.resign()).toBe('released');
  });
});

describe('an error that no retry can help', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('errors leadership$, aborts the term, and ends the candidacy', async () => {
    const { store, handle } = campaigning();
    using record = seen(handle.leadership$);
    const { leading } = term();
    store.say(leading);
    store.fail(new AuthenticationError());
    expect(record.error).toEqual(new AuthenticationError());
    expect([leading.signal.aborted, handle.isLeader(), handle.leadership]).toEqual([true, false, resigned('unknown')]);
    expect(store.begun).toBe(1);
  });

  it('lets resign() resolve to unknown, before and after', async () => {
    const { store, handle } = campaigning(drawn({ answers: false }));
    handle.leadership$.subscribe({ error: () => undefined });
    const before = handle.resign();
    store.fail(new AuthenticationError());
    expect([await before, await handle.resign()]).toEqual(['unknown', 'unknown']);
  });

  it.each([
    ['unknown', (store: Drawn) => store.fail(new AuthenticationError())],
    ['released', (store: Drawn) => store.say(resigned('released'))],
  ])(
    'or a resigned of the store leaves nothing to resign from, so no timer runs for an answer: %s',
    async (outcome, end) => {
      const { store, handle, clock } = campaigning();
      handle.leadership$.subscribe({ error: () => undefined });
      end(store);
      expect([await handle.resign(), clock.pending]).toEqual([outcome, 0]);
    },
  );

  it('is thrown by lead() when nobody else could hear of it, as RxJS does', async () => {
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => void reported.push(error);
    const unheard = campaigning();
    unheard.handle.lead(() => EMPTY);
    unheard.store.fail(new AuthenticationError());
    const heard = campaigning();
    heard.handle.leadership$.subscribe({ error: () => undefined });
    heard.handle.lead(() => EMPTY);
    heard.store.fail(new AuthenticationError());
    await new Promise((resolve) => void setTimeout(resolve));
    expect(reported).toEqual([new AuthenticationError()]);
  });

  it('is also what a stand that throws comes to', () => {
    const broken = () => {
      throw new AuthenticationError();
    };
    const { handle } = campaigning({ ...drawn(), stand: broken });
    using record = seen(handle.leadership$);
    expect(record.error).toEqual(new AuthenticationError());
  });
});
