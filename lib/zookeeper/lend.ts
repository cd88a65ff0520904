/** The store, lent: what roles and locks are built on shares the session, and the very znode, with the election. */
import { BehaviorSubject, distinctUntilChanged, endWith, ignoreElements, map, of, switchMap } from 'rxjs';
import type { CampaignOptions, Candidacy, ElectionOptions } from '../election/election.js';
import type { Store } from '../election/store.js';
import type { Lender, Seat, ZooKeeperTerm } from './standing.js';
import type { Wire } from './wire.js';

/** Stands; without a lender, for nobody's sake but its own. */
export type Campaign = <T>(
  name: string,
  who: CampaignOptions<T>,
  options: ElectionOptions<T> | undefined,
  lender?: Lender,
) => Candidacy<T, ZooKeeperTerm>;

export function lend({ session$ }: Wire, campaign: Campaign): Store {
  return {
    session$,
    campaign: (name, who, options) => {
      const seat$ = new BehaviorSubject<Seat | undefined>(undefined);
      const candidacy = campaign(name, who, options, {
        seated: (seat) => seat$.next(seat),
        unseated: (session, seat) => session.watch(seat.path).pipe(ignoreElements(), endWith(true)),
      });
      const place$ = session$.pipe(
        switchMap((session) =>
          session ? seat$.pipe(map((seat) => (seat?.session === session ? seat : undefined))) : of(undefined),
        ),
        distinctUntilChanged(),
      );
      return { candidacy, place$ };
    },
  };
}
