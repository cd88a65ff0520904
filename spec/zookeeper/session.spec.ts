import { BehaviorSubject, catchError, EMPTY, map, NEVER, type Observable, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Client, ClientState } from '../../lib/zookeeper/client.js';
import { resolveOptions } from '../../lib/zookeeper/options.js';
import { sessions } from '../../lib/zookeeper/session.js';

/** Wires on paper: each client is connected at once, and then does what the spec tells. */
class Wires {
  readonly opened: { readonly state$: BehaviorSubject<ClientState>; closed: boolean }[] = [];

  readonly open = (): Client => {
    const sessionId = BigInt(this.opened.length + 1);
    const state$ = new BehaviorSubject<ClientState>({ kind: 'connected', sessionId, timeoutMs: TIMEOUT_MS });
    const wire = { state$, closed: false };
    this.opened.push(wire);
    return {
      state$,
      event$: NEVER,
      get state() {
        return state$.value;
      },
      silentFor: () => 0,
      idleFor: () => 0,
      submit: () => EMPTY,
      redial: () => undefined,
      close: async () => {
        wire.closed = true;
      },
    };
  };

  get last() {
    return this.opened.at(-1)!;
  }
  suspend = () => this.last.state$.next({ kind: 'suspended' });
  resume = () =>
    this.last.state$.next({ kind: 'connected', sessionId: BigInt(this.opened.length), timeoutMs: TIMEOUT_MS });
  end = (why: 'expired' | 'refused') => this.last.state$.next({ kind: 'ended', why, cause: new Error('told') });
}

const TIMEOUT_MS = 100;

interface Stage {
  readonly wires: Wires;
  /** Of each session the number of its client; `o` between them. */
  readonly sessions$: Observable<string>;
  readonly closings: Promise<void>[];
  readonly warnings: string[];
  at(happenings: Readonly<Record<number, () => void>>): void;
  expectObservable: TestScheduler['expectObservable'];
}

const story = (tell: (stage: Stage) => void) => () => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(({ expectObservable }) => {
    const wires = new Wires();
    const clock = { now: () => scheduler.now(), wall: () => scheduler.now(), scheduler };
    const chance = { retryMinMs: 1, retryMaxMs: 8, random: () => 0.5 };
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (_: object, what: string) => void warnings.push(what) };
    const options = resolveOptions({ servers: 'paper:1', sessionTimeoutMs: TIMEOUT_MS, clock, logger, ...chance });
    const closings: Promise<void>[] = [];
    const all$ = sessions(options, (closed) => closings.push(closed), undefined, wires.open);
    const sessions$ = all$.pipe(map((session) => (session ? String(session.id) : 'o')));
    const at: Stage['at'] = (happenings) => {
      for (const [ms, happen] of Object.entries(happenings)) scheduler.schedule(happen, Number(ms));
    };
    tell({ wires, sessions$, closings, warnings, at, expectObservable });
  });
};

describe('sessions', () => {
  it(
    'one is kept for as long as its wire comes back within three timeouts, however often',
    story(({ wires, sessions$, at, expectObservable }) => {
      at({ 100: wires.suspend, 350: wires.resume, 450: wires.suspend, 740: wires.resume });
      expectObservable(sessions$, '2000ms !').toBe('(o1)');
    }),
  );

  it(
    'one that is suspended for three timeouts is closed, and followed by another',
    story(({ wires, sessions$, closings, warnings, at, expectObservable }) => {
      at({ 100: wires.suspend });
      at({ 399: () => expect(closings).toEqual([]), 401: () => expect(wires.opened[0]!.closed).toBe(true) });
      at({ 1999: () => expect(warnings).toEqual([expect.stringContaining('given up')]) });
      expectObservable(sessions$, '2000ms !').toBe('(o1) 396ms o 3ms 2');
    }),
  );

  it(
    'one that has expired is followed by another, after a while that chance decides',
    story(({ wires, sessions$, at, expectObservable }) => {
      at({ 100: () => wires.end('expired') });
      expectObservable(sessions$, '2000ms !').toBe('(o1) 96ms o 3ms 2');
    }),
  );

  it(
    'none follows one whose credentials were refused: it is an error',
    story(({ wires, sessions$, at, expectObservable }) => {
      at({ 100: () => wires.end('refused') });
      const failed$ = sessions$.pipe(catchError(({ code }) => of(code)));
      expectObservable(failed$).toBe('(o1) 96ms (f|)', { o: 'o', 1: '1', f: 'AUTHENTICATION_FAILED' });
    }),
  );

  it(
    'nothing of one is left once nobody listens: it is closed, its wire has no listener, and no timer runs',
    story(({ wires, sessions$, closings, warnings, at, expectObservable }) => {
      at({ 100: wires.suspend });
      at({
        201: () => expect([closings.length, wires.last.closed, wires.last.state$.observed]).toEqual([1, true, false]),
      });
      at({ 900: () => expect([wires.opened.length, warnings]).toEqual([1, []]) });
      expectObservable(sessions$, '200ms !').toBe('(o1)');
    }),
  );
});
