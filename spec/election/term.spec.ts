import { describe, expect, it } from 'vitest';
import { abortTerm, drained, isIdle, openTerm, pieceOf, workBegins } from '../../lib/election/term.js';
import { seen } from '../support/until.js';
import { virtualClock } from './support.js';

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
    abortTerm(leading.signal);
    expect([leading.signal.aborted, aborts]).toEqual([true, 1]);
  });

  it('cannot be changed by whoever is handed it', () => {
    expect(Object.isFrozen(openTerm(1n, () => true).leading)).toBe(true);
  });

  it('carries what its backend adds', () => {
    const { leading } = openTerm(1n, () => true, { transaction: () => 'one' });
    expect((leading as unknown as { transaction(): string }).transaction()).toBe('one');
  });

  it('is aborted by its signal alone; a signal that is not a term’s is left alone', () => {
    const { leading } = openTerm(1n, () => true);
    abortTerm(leading.signal);
    expect(leading.signal.aborted).toBe(true);
    const foreign = new AbortController().signal;
    abortTerm(foreign);
    expect(foreign.aborted).toBe(false);
  });
});

describe('draining', () => {
  const clock = virtualClock();
  const draining = (signal: AbortSignal) => seen(drained(signal, 100, clock.scheduler));

  it('is over at once without work, and leaves no timer behind', () => {
    using idle = draining(openTerm(1n, () => true).leading.signal);
    expect([idle.values, idle.completed, clock.pending]).toEqual([['drained'], true, 0]);
  });

  it('is over when the last piece of work has ended', () => {
    const { signal } = openTerm(1n, () => true).leading;
    const [first, second] = [workBegins(signal), workBegins(signal)];
    using record = draining(signal);
    first();
    first();
    expect([record.values, isIdle(signal)]).toEqual([[], false]);
    second();
    expect([record.values, record.completed, isIdle(signal), clock.pending]).toEqual([['drained'], true, true, 0]);
  });

  it('counts work under a piece’s signal as the term’s own', () => {
    const { signal } = openTerm(1n, () => true).leading;
    const piece = pieceOf(signal);
    const ended = workBegins(pieceOf(piece.signal).signal);
    expect([isIdle(signal), signal.aborted]).toEqual([false, false]);
    ended();
    expect(isIdle(signal)).toBe(true);
  });

  it('is given up after its time', () => {
    const { signal } = openTerm(1n, () => true).leading;
    workBegins(signal);
    using record = draining(signal);
    clock.advance(99);
    expect(record.values).toEqual([]);
    clock.advance(1);
    expect([record.values, record.completed]).toEqual([['timeout'], true]);
  });

  it('knows nothing of a signal that is not a term’s', () => {
    const foreign = new AbortController().signal;
    workBegins(foreign)();
    expect(isIdle(foreign)).toBe(true);
  });
});
