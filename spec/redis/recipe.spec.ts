import { map, NEVER, type Observable, of, takeUntil, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Leadership } from '../../lib/election/leadership.js';
import { resolveElectionOptions } from '../../lib/election/options.js';
import { ConnectionLostError } from '../../lib/errors.js';
import { campaign } from '../../lib/redis/election.js';
import { keysOf } from '../../lib/redis/keys.js';
import { nothingKnown } from '../../lib/redis/office.js';
import { type RedisOptions, resolveOptions } from '../../lib/redis/options.js';
import type { Wire } from '../../lib/redis/wire.js';

const LEASE_MS = 3_000;
/** Less what goes unnoticed of a jump of the wall clock, and Redis' rounding; the clocks do not drift. */
const BELIEF_MS = 2_979;
const RETRY_MS = 50;

interface Sent {
  readonly at: number;
  readonly script: string;
  /** Of a turn: the name of the attempt, and what it publishes in order to join. */
  readonly attempt: string;
  readonly joins: boolean;
}

/** Stands for so long in virtual time, on a Redis that answers like this; what was sent and what became of it. */
function standFor(
  ms: number,
  answer: (sent: Sent, nth: number) => Observable<readonly string[]>,
  more: Partial<RedisOptions> = {},
) {
  const scheduler = new TestScheduler(() => undefined);
  const sent: Sent[] = [];
  const told: [at: number, what: string][] = [];
  const clock = { now: () => scheduler.now(), wall: () => scheduler.now(), scheduler };
  const wire: Wire = {
    connection$: of('connected'),
    closed$: NEVER,
    run: ({ name }, _, __, ...words) => {
      const one = { at: clock.now(), script: name, attempt: words[2] ?? '', joins: words[3] !== '' };
      return answer(one, sent.push(one));
    },
    command: () => of(1),
    news: () => NEVER,
    listens$: of(true),
    close: () => undefined,
  };
  const given = { url: 'redis://paper', leaseMs: LEASE_MS, clockDrift: 0, retryMinMs: RETRY_MS, retryMaxMs: RETRY_MS };
  const office = {
    name: 'e',
    keys: keysOf('p', 'e'),
    wire,
    options: resolveOptions({ ...given, ...more, clock }),
    known: nothingKnown(),
  };
  scheduler.run(() => {
    campaign({ office, profile: { id: 'us', host: 'h', pid: 1 }, published: '{}', election: resolveElectionOptions() })
      .pipe(takeUntil(timer(ms, scheduler)))
      .subscribe((value) => told.push([clock.now(), letterOf(value)]));
  });
  return { sent, told };
}

const letterOf = (value: Leadership) => (value.role === 'candidate' ? value.why : value.role);
const answered = (ms: number, ...reply: string[]) => timer(ms).pipe(map(() => reply));
const lost = () => throwError(() => new ConnectionLostError('an answer'));

describe('a candidate on Redis, in virtual time', () => {
  it('that leads believes from the instant it sent the last renewal that was answered, and no longer', () => {
    const { told } = standFor(5_000, ({ script }, nth) => {
      if (script === 'turn' && nth === 1) return answered(100, 'leader', '7', '0');
      return nth === 2 ? answered(500, 'kept', '') : NEVER; // sent after a third of the lease
    });
    expect(told).toEqual([
      [100, 'leader'],
      [LEASE_MS / 3 + BELIEF_MS, 'suspended'],
    ]);
  });

  it('that leads believes from the instant it asked, if no renewal is ever answered', () => {
    const { told } = standFor(4_000, (_, nth) => (nth === 1 ? answered(400, 'leader', '7', '0') : NEVER));
    expect(told).toEqual([
      [400, 'leader'],
      [BELIEF_MS, 'suspended'],
    ]);
  });

  it('that renews more often than answers come leads on', () => {
    const { told } = standFor(
      5_000,
      ({ script }) => (script === 'turn' ? answered(0, 'leader', '7', '0') : answered(300, 'kept', '')),
      { renewMs: 200 },
    );
    expect(told).toEqual([[0, 'leader']]);
  });

  it('that is told that the lease is not its own leads no more at once', () => {
    const { told } = standFor(1_010, ({ script }) =>
      script === 'turn' ? answered(0, 'leader', '7', '0') : answered(1, 'lost'),
    );
    expect(told).toEqual([
      [0, 'leader'],
      [1_001, 'expired'],
    ]);
  });

  it('that waits is heard of every third of a lease, and asks by its own timer when whom it waits for must be gone', () => {
    const due = [250, 9_000, 9_000];
    const { sent, told } = standFor(2_500, (_, nth) => answered(0, 'waiting', '7', '1', String(due[nth - 1])));
    expect(sent.map(({ at }) => at)).toEqual([0, 251, 1_251, 2_251]);
    expect(told.map(([, what]) => what)).toEqual(['follower', 'follower', 'follower', 'follower']);
  });

  it('whose answer was lost asks for the same place and the same leadership; the next leadership is another', () => {
    const { sent } = standFor(3_200, (_, nth) => {
      if (nth === 1) return lost();
      return nth === 2 ? answered(0, 'leader', '7', '0') : NEVER;
    });
    const [one, again, ...later] = sent.filter(({ script }) => script === 'turn');
    expect(again).toMatchObject({ at: RETRY_MS, attempt: one?.attempt, joins: true });
    expect(later).toMatchObject([{ at: 2 * RETRY_MS + BELIEF_MS, joins: false }]);
    expect(later[0]?.attempt).not.toBe(one?.attempt);
  });
});
