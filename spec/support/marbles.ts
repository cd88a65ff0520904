import type { Observable, ObservableNotification } from 'rxjs';
import { map, ReplaySubject, tap } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import type { ElectionOptions } from '../../lib/election/election.js';
import type { Leadership, Leading } from '../../lib/election/leadership.js';
import { resolveElectionOptions } from '../../lib/election/options.js';
import type { Clock } from '../../lib/options.js';
import { type Resolved, resolveOptions, type ZooKeeperOptions } from '../../lib/zookeeper/options.js';
import type { Session } from '../../lib/zookeeper/session.js';
import { standIn } from '../../lib/zookeeper/stand.js';
import type { Lender, ZooKeeperLeadership, ZooKeeperTerm } from '../../lib/zookeeper/standing.js';
import { FakeEnsemble, type FakeSession } from './fake-session.js';

/** The election that every story is about. */
export const PATH = '/e';
/** The lease in every story, in ms: a renewal is sent every third of it. The clocks do not drift. */
export const LEASE = 30;

export interface Chosen {
  readonly id?: string;
  readonly path?: string;
  readonly data?: unknown;
  readonly election?: ElectionOptions;
  readonly options?: Partial<ZooKeeperOptions>;
  /** Sessions as they come and go. @default one that lasts */
  readonly session$?: Observable<Session | undefined>;
  /** Emits when the participant is to leave. */
  readonly leave$?: Observable<unknown>;
  /** Whoever it stands for the sake of. @default nobody */
  readonly lender?: Lender;
}

export interface Story extends RunHelpers {
  /** `jump`: the machine was asleep. `pause`: the process was, so that every timer is late. */
  readonly clock: Clock & { jump(ms: number): void; pause(ms: number): void };
  readonly ensemble: FakeEnsemble;
  /** The first session of the story. */
  readonly session: FakeSession;
  options(chosen?: Partial<ZooKeeperOptions>): Resolved;
  /** One participant, as `stand` gives it to the handle. In every story a term is aborted before anything else is told. */
  stand(chosen?: Chosen): Observable<ZooKeeperLeadership>;
  /** The leaderships so far. */
  leading(): Leading<ZooKeeperTerm>[];
  /** Things that happen at the instants of their letters. */
  at(marbles: string, happenings: Record<string, () => void>): void;
  /** The same observable as letters, one for each state. */
  letters(leadership$: Observable<Leadership>): Observable<string>;
}

/** Tells a story in virtual time: one frame is one millisecond, a request takes two. */
export function story(tell: (story: Story) => void): () => void {
  return () => {
    const scheduler = new TestScheduler((actual, expected) => expect(told(actual)).toEqual(told(expected)));
    const failures: unknown[] = [];
    scheduler.run((helpers) => tell(setStage(scheduler, helpers, failures)));
    if (failures.length > 0) throw failures[0];
  };
}

/** What was said when, one line each: a difference can be read. */
const told = (messages: readonly { frame: number; notification: ObservableNotification<unknown> }[]) =>
  messages.map(
    ({ frame, notification: it }) => `${frame}: ${it.kind === 'N' ? it.value : it.kind === 'E' ? it.error : '|'}`,
  );

function setStage(scheduler: TestScheduler, helpers: RunHelpers, failures: unknown[]): Story {
  let asleep = 0;
  let paused = 0;
  const now = () => scheduler.now() + paused;
  const jump = (ms: number) => {
    asleep += ms;
  };
  const pause = (ms: number) => {
    paused += ms;
  };
  const clock = { now, wall: () => now() + asleep, scheduler, jump, pause };
  const ensemble = new FakeEnsemble(clock);
  const session = ensemble.open({ leaseMs: LEASE });
  const leaderships: Leading<ZooKeeperTerm>[] = [];
  const options = (chosen: Partial<ZooKeeperOptions> = {}): Resolved => ({
    ...resolveOptions({ servers: 'paper:1', clockDrift: 0, clock, ...chosen }),
    retryMinMs: chosen.retryMinMs ?? 0,
    retryMaxMs: chosen.retryMaxMs ?? 0,
  });
  const stand = ({ id = 'us', path = PATH, data, election, session$ = forever(session), ...more }: Chosen = {}) => {
    const replayed$ = new ReplaySubject<Session | undefined>(1);
    session$.subscribe(replayed$);
    const wire = { session$: replayed$ } as unknown as Parameters<typeof standIn>[3];
    const stand = standIn(
      path,
      { id, data },
      resolveElectionOptions(election),
      wire,
      options(more.options),
      more.lender,
    );
    return stand((more.leave$ ?? helpers.cold('-')) as Observable<void>).pipe(
      tap((value) => {
        if (value.role === 'leader') leaderships.push(value);
        else expect(leaderships.map(({ signal }) => signal.aborted)).not.toContain(false);
      }),
    );
  };
  const at: Story['at'] = (marbles, happenings) => {
    helpers.cold(marbles).subscribe((letter) => {
      try {
        happenings[letter]!();
      } catch (error) {
        failures.push(error);
      }
    });
  };
  return {
    ...helpers,
    clock,
    ensemble,
    session,
    options,
    stand,
    leading: () => leaderships,
    at,
    letters: (all$) => all$.pipe(map(letter)),
  };
}

const forever = (session: Session): Observable<Session> => {
  const replayed$ = new ReplaySubject<Session>(1);
  replayed$.next(session);
  return replayed$;
};

const CANDIDATE = {
  joining: 'j',
  electing: 'e',
  suspended: 's',
  expired: 'x',
  evicted: 'v',
  resigning: 'r',
  yielding: 'y',
};
const RESIGNED = { released: 'R', expired: 'X', unknown: 'U' };

/** `j`oining, `e`lecting, `s`uspended, e`x`pired, e`v`icted, `r`esigning; `1` … `9`, `a` … ahead; `L`eader; resigned: `R`eleased, e`X`pired. */
function letter(value: Leadership): string {
  if (value.role === 'candidate') return CANDIDATE[value.why];
  if (value.role === 'follower') return value.ahead.toString(36);
  return value.role === 'leader' ? 'L' : RESIGNED[value.outcome];
}
