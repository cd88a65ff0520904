import { describe, expect, it } from 'vitest';
import { candidate, follower, resigned } from '../../lib/election/leadership.js';
import { abortTerm, drained } from '../../lib/election/term.js';
import { seen } from '../support/until.js';
import { campaigning, drawn, endless, settle, term, words } from './support.js';

describe('a resignation', () => {
  it('releases the place of a follower at once', async () => {
    const { store, handle } = campaigning();
    store.say(follower(1));
    using record = seen(handle.leadership$);
    expect(await handle.resign()).toBe('released');
    expect([words(record.values), store.left, store.open]).toEqual([['follower', 'resigned'], true, 0]);
  });

  it('aborts the signal, says so, drains the work, releases the place, and only then is over', async () => {
    const { store, handle } = campaigning();
    const log: string[] = [];
    const { work, end } = endless();
    handle.leadership$.subscribe((value) => log.push(words([value]).join()));
    handle.lead(({ signal }) => {
      signal.addEventListener('abort', () => log.push('abort'));
      return work();
    });
    const { leading } = term();
    store.say(leading);
    const resignation = handle.resign().then((outcome) => log.push(outcome));
    await settle();
    expect([log, store.left]).toEqual([['joining', 'leader', 'abort', 'resigning'], false]);
    expect([handle.isLeader(), leading.isValid()]).toEqual([false, true]);
    end();
    await resignation;
    expect(log.slice(4)).toEqual(['resigned', 'released']);
    expect(store.left).toBe(true);
  });

  it('waits for work no longer than drainTimeoutMs', async () => {
    const { store, handle, clock } = campaigning();
    handle.lead(() => new Promise(() => undefined));
    store.say(term().leading);
    const resignation = handle.resign();
    clock.advance(399);
    expect([store.left, handle.leadership]).toEqual([false, candidate('resigning')]);
    clock.advance(1);
    expect([store.left, await resignation]).toEqual([true, 'released']);
  });

  it('waits for work of an earlier leadership that still drains', async () => {
    const { store, handle } = campaigning();
    const { work, end } = endless();
    handle.lead(work);
    store.say(term(1n).leading, candidate('suspended'), term(2n).leading);
    const resignation = handle.resign();
    await settle();
    expect(store.left).toBe(false);
    end();
    expect(await resignation).toBe('released');
  });

  it('of one leadership, asked for by others, waits for work of an earlier one as well', async () => {
    const { store, handle, clock } = campaigning();
    const { work, end } = endless();
    handle.lead(work);
    const { leading } = term(2n);
    store.say(term(1n).leading, candidate('suspended'), leading);
    using handingOver = seen(drained(leading, 400, clock.scheduler));
    await settle();
    expect(handingOver.values).toEqual([]);
    abortTerm(leading);
    end();
    await settle();
    expect(handingOver.values).toEqual(['drained']);
  });

  it('shows no leadership that comes while it is on its way', () => {
    const { store, handle } = campaigning();
    handle.lead(() => new Promise(() => undefined));
    using record = seen(handle.leadership$);
    store.say(term(1n).leading);
    void handle.resign();
    store.say(candidate('expired'), term(2n).leading);
    expect(words(record.values)).toEqual(['joining', 'leader', 'resigning', 'expired', 'resigning']);
  });

  it('is one and the same, however often it is asked for', async () => {
    const { handle, store } = campaigning();
    const first = handle.resign();
    expect(handle.resign()).toBe(first);
    expect(await handle.resign()).toBe('released');
    await handle[Symbol.asyncDispose]();
    expect(store.begun).toBe(1);
  });

  it('is unknown once the store has not answered for resignTimeoutMs; the withdrawal goes on', async () => {
    const { store, handle, clock } = campaigning(drawn({ answers: false }));
    store.say(follower(1));
    using record = seen(handle.leadership$);
    const resignation = handle.resign();
    clock.advance(99);
    expect(record.completed).toBe(false);
    clock.advance(1);
    expect([await resignation, record.last, record.completed]).toEqual(['unknown', resigned('unknown'), true]);
    expect([store.left, store.open]).toEqual([true, 1]);
    store.say(resigned('released'));
    expect([store.open, record.last, handle.leadership]).toEqual([0, resigned('unknown'), resigned('unknown')]);
  });

  it('has drainTimeoutMs for the work and resignTimeoutMs for the store, one after the other', async () => {
    const { store, handle, clock } = campaigning(drawn({ answers: false }));
    handle.lead(() => new Promise(() => undefined));
    store.say(term().leading);
    const resignation = handle.resign();
    clock.advance(499);
    expect(handle.leadership).toEqual(candidate('resigning'));
    clock.advance(1);
    expect(await resignation).toBe('unknown');
    store.say(resigned('released'));
  });

  it('leaves no timer behind', async () => {
    const { handle, clock } = campaigning();
    await handle.resign();
    expect(clock.pending).toBe(0);
  });
});
