import { Observable, VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import { candidacy } from '../../lib/election/candidacy.js';
import type { Stand } from '../../lib/election/election.js';
import { type Leadership, resigned } from '../../lib/election/leadership.js';
import { resolveElectionOptions } from '../../lib/election/options.js';
import { type OpenTerm, openTerm } from '../../lib/election/term.js';
import { type Clock, type Logger, silent } from '../../lib/options.js';

/** Runs a marble diagram: time and teardown on one line. */
export function marbles(diagram: Parameters<TestScheduler['run']>[0]): () => void {
  return () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(diagram);
}

/** A clock that moves only when told to. */
export function virtualClock(): Clock & { advance(ms: number): void; readonly pending: number } {
  const scheduler = new VirtualTimeScheduler();
  return {
    now: () => scheduler.frame,
    wall: () => scheduler.frame,
    scheduler,
    get pending() {
      return scheduler.actions.filter(({ closed }) => !closed).length;
    },
    advance(ms) {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
  };
}

/** A term that holds until `lapse()`: the news of its end is up to the spec. */
export function term(token = 1n): OpenTerm & { lapse(): void } {
  let holds = true;
  const open = openTerm(token, () => holds);
  return {
    ...open,
    lapse: () => {
      holds = false;
    },
  };
}

/** A stand drawn by hand: the spec says what the backend says. */
export interface Drawn {
  readonly stand: Stand;
  /** How many standings there have been, and how many are still subscribed. */
  readonly begun: number;
  readonly open: number;
  /** True once the present standing was asked to leave. */
  readonly left: boolean;
  say(...values: Leadership[]): void;
  fail(error: unknown): void;
}

/** `answers: false` is a store that never answers a withdrawal by itself. */
export function drawn({ answers = true } = {}): Drawn {
  let say: (value: Leadership) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const seen = { begun: 0, open: 0, left: false };
  const stand: Stand = (leave$) =>
    new Observable((subscriber) => {
      Object.assign(seen, { begun: seen.begun + 1, open: seen.open + 1, left: false });
      say = (value) => {
        subscriber.next(value);
        if (value.role === 'resigned') subscriber.complete();
      };
      fail = (error) => subscriber.error(error);
      subscriber.add(() => {
        seen.open -= 1;
      });
      subscriber.add(
        leave$.subscribe(() => {
          seen.left = true;
          if (answers) say(resigned('released'));
        }),
      );
    });
  return {
    stand,
    get begun() {
      return seen.begun;
    },
    get open() {
      return seen.open;
    },
    get left() {
      return seen.left;
    },
    say: (...values) => values.forEach((value) => void say(value)),
    fail: (error) => fail(error),
  };
}

/** A candidacy over a hand-drawn stand: 400 ms to drain, 100 ms for the store to answer, 1000 ms out after a failure. */
export function campaigning(store = drawn(), given: { logger?: Logger } = {}) {
  const clock = virtualClock();
  const timings = { drainTimeoutMs: 400, resignTimeoutMs: 100, yieldMs: 1000 };
  const options = { ...resolveElectionOptions(timings), clock, logger: silent, random: () => 0, ...given };
  return { clock, store, handle: candidacy('me', store.stand, options) };
}

/** The values in one word each: why it is a candidate, else its role. */
export function words(values: readonly Leadership[]): string[] {
  return values.map((value) => (value.role === 'candidate' ? value.why : value.role));
}

/** Work that runs until the spec ends it. */
export function endless() {
  const running: Array<() => void> = [];
  return {
    work: () => new Promise<void>((resolve) => void running.push(resolve)),
    end: () => running.shift()?.(),
  };
}

/** Lets promises that are settled by now have their say. */
export const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
