/** What a candidate says to Redis, again and again, and what it learns from the answer. */
import { defer, map, type Observable, of, switchMap, tap } from 'rxjs';
import type { Instant } from '../election/lease.js';
import { registryOf } from './keys.js';
import { instant, type Office, remember } from './office.js';
import { preferred } from './prefer.js';
import { type Request, requestOf, type Verdict, verdictOf } from './reply.js';
import { type Script, scripts } from './scripts.js';
import type { Seat, Standing } from './standing.js';

/** A verdict, and when the heartbeat was sent that it answers. */
export type Told = Verdict & { readonly sent: Instant };

/**
 * The heartbeat of one who does not lead. Takes a place if there is none yet, and the lease if it is free and ours.
 * Whoever prefers somebody else lets that one lead, once, and unless it was itself preferred.
 */
export function turn(standing: Standing, seat: Seat): Observable<Told> {
  if (!standing.election.prefer) return ask(standing, seat, true);
  return ask(standing, seat, false).pipe(
    switchMap((told) => (told.is === 'first' ? leadOrPass(standing, seat, told) : of(told))),
  );
}

function leadOrPass(standing: Standing, seat: Seat, told: Told): Observable<Told> {
  const { office, election } = standing;
  const passed: Told = { is: 'waiting', counter: told.counter, sent: told.sent, ahead: 0, dueMs: 0 };
  return preferred(office, seat.name, election).pipe(
    switchMap((better) => (better ? letLead(office, seat.name, better) : of(false))),
    switchMap((given) => (given ? of(passed) : ask(standing, seat, true))),
  );
}

const letLead = (office: Office, name: string, better: string): Observable<boolean> =>
  office.wire.run(scripts.pass, office.keys, name, better).pipe(map(([said]) => said === 'passed'));

function ask({ office, profile, published }: Standing, seat: Seat, mayLead: boolean): Observable<Told> {
  return defer(() => {
    const { leaseMs } = office.options;
    const join = seat.heard ? '' : published;
    const words = [String(leaseMs), String(office.known.token), seat.attempt, join, mayLead ? '1' : '0', profile.id];
    return (join ? register(office) : of(0)).pipe(
      switchMap(() => beat(office, scripts.turn, seat.name, words)),
      map(({ reply, sent }): Told => ({ ...verdictOf(reply), sent })),
      tap(({ counter, sent, is }) => {
        remember(office, counter);
        if (is !== 'gone') seat.heard = sent;
      }),
    );
  });
}

/** For the list of elections, which lies elsewhere in a cluster. */
const register = ({ wire, name, options }: Office): Observable<unknown> =>
  wire.command(registryOf(options.prefix), 'SADD', registryOf(options.prefix), name);

/** What became of a leadership; `kept` may carry a request. */
export interface Renewed {
  readonly is: 'kept' | 'lost' | 'gone';
  readonly sent: Instant;
  readonly request: Request | undefined;
}

/** The heartbeat of the leader. */
export function renew({ office }: Standing, seat: Seat, token: bigint): Observable<Renewed> {
  return beat(office, scripts.renew, seat.name, [String(office.options.leaseMs), String(token)]).pipe(
    map(({ reply: [is, text = ''], sent }) => {
      const kept = is === 'kept';
      return { is: kept || is === 'gone' ? is : 'lost', sent, request: kept ? requestOf(text) : undefined } as Renewed;
    }),
    tap(({ is, sent }) => {
      if (is === 'kept') seat.heard = sent;
    }),
  );
}

function beat(office: Office, script: Script, name: string, words: readonly string[]) {
  return defer(() => {
    const { known, wire, keys, options } = office;
    const sent = instant(office);
    known.heartbeatsSent += 1;
    return wire.run(script, keys, name, ...words).pipe(
      map((reply) => ({ reply, sent })),
      tap(() => {
        known.heartbeatsReceived += 1;
        known.lastHeardAt = options.clock.wall();
      }),
    );
  });
}
