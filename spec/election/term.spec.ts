import { describe, expect, it } from 'vitest';
import type { Term } from '../../lib/election/leadership.js';
import {
  abortTerm,
  countTogether,
  drained,
  isIdle,
  isOver,
  openTerm,
  pieceOf,
  workBegins,
} from '../../lib/election/term.js';
import { seen } from '../support/until.js';
import { virtualClock } from './support.js';

const foreign: Term = { token: 1n, signal: new AbortController().signal, isValid: () => true };

describe('a term', () => {
  it('is valid as long as its lease holds and it is not closed', () => {
    let holds = true;
    const { leading, abort, close } = openTerm(1n, () => holds);
    expect([leading.role, leading.token, leading.isValid()]).toEqual(['leader', 1n, true]);
    holds = false;
    expect(leading.isValid()).toBe(false);
    holds = true;
    abort();
    expect([leading.signal.aborted, leading.isValid()]).toEqual([true, true]);
    close();
    expect(leading.isValid()).toBe(false);
  });

  it('aborts its signal when it is closed, and only once', () => {
    const { leading, abort, close } = openTerm(1n, () => true);
    let aborts = 0;
    leading.signal.addEventListener('abort', () => {
      aborts += 1;
    });
    close();
    close();
    abort();
    abortTerm(leading);
    expect([leading.signal.aborted, aborts]).toEqual([true, 1]);
  });

  it('cannot be changed by whoever is handed it', () => {
    expect(Object.isFrozen(openTerm(1n, () => true).leading)).toBe(true);
  });

  it('carries what its backend adds', () => {
    const { leading } = openTerm(1n, () => true, { transaction: () => 'one' });
    expect((leading as unknown as { transaction(): string }).transaction()).toBe('one');
  });

  it('is aborted by its value alone; a term that was opened elsewhere is left alone', () => {
    const { leading } = openTerm(1n, () => true);
    abortTerm(leading);
    expect(leading.signal.aborted).toBe(true);
    abortTerm(foreign);
    expect([foreign.signal.aborted, isOver(foreign)]).toEqual([false, false]);
  });

  it('has one signal, whether it is asked for before the end or after', () => {
    const [early, late] = [openTerm(1n, () => true), openTerm(2n, () => true)];
    const { signal } = early.leading;
    for (const { abort, leading } of [early, late]) {
      expect(isOver(leading)).toBe(false);
      abort();
      expect([isOver(leading), leading.signal.aborted, leading.signal.reason.name]).toEqual([true, true, 'AbortError']);
      expect(leading.signal).toBe(leading.signal);
    }
    expect(early.leading.signal).toBe(signal);
  });
});

describe('draining', () => {
  const clock = virtualClock();
  const draining = (term: Term) => seen(drained(term, 100, clock.scheduler));

  it('is over at once without work, and leaves no timer behind', () => {
    using idle = draining(openTerm(1n, () => true).leading);
    expect([idle.values, idle.completed, clock.pending]).toEqual([['drained'], true, 0]);
  });

  it('is over when the last piece of work has ended', () => {
    const { leading } = openTerm(1n, () => true);
    const [first, second] = [workBegins(leading.signal), workBegins(leading.signal)];
    using record = draining(leading);
    first();
    first();
    expect([record.values, isIdle(leading)]).toEqual([[], false]);
    second();
    expect([record.values, record.completed, isIdle(leading), clock.pending]).toEqual([['drained'], true, true, 0]);
  });

  it('counts work under a piece’s signal as the term’s own', () => {
    const { leading } = openTerm(1n, () => true);
    const piece = pieceOf(leading.signal);
    const ended = workBegins(pieceOf(piece.signal).signal);
    expect([isIdle(leading), leading.signal.aborted]).toEqual([false, false]);
    ended();
    expect(isIdle(leading)).toBe(true);
  });

  it('is given up after its time', () => {
    const { leading } = openTerm(1n, () => true);
    workBegins(leading.signal);
    using record = draining(leading);
    clock.advance(99);
    expect(record.values).toEqual([]);
    clock.advance(1);
    expect([record.values, record.completed]).toEqual([['timeout'], true]);
  });

  it('counts together what runs under an earlier term and under this one', () => {
    const [earlier, later] = [openTerm(1n, () => true).leading, openTerm(2n, () => true).leading];
    const ended = workBegins(earlier.signal);
    countTogether(later, earlier);
    const [second] = [workBegins(later.signal), ended()];
    expect([isIdle(earlier), isIdle(later)]).toEqual([false, false]);
    second();
    expect([isIdle(earlier), isIdle(later)]).toEqual([true, true]);
  });

  it('knows nothing of a term that was opened elsewhere', () => {
    workBegins(foreign.signal)();
    expect(isIdle(foreign)).toBe(true);
  });
});
