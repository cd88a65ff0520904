/**
 * The balancer: while it leads the members' election, it writes who should own which role.
 *
 * Each table is one fenced write, made from the one before it, so a balancer goes on where the last one was.
 */
import {
  auditTime,
  BehaviorSubject,
  catchError,
  combineLatest,
  concat,
  connect,
  defer,
  expand,
  filter,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  ReplaySubject,
  repeat,
  Subject,
  switchMap,
  take,
  takeWhile,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { StoreSession, StoreTerm } from '../election/store.js';
import { ConnectionLostError, FencedError, StoreError } from '../errors.js';
import { type Clock, type Logger, MAX_TIMER_MS } from '../options.js';
import { arrivals, type Move } from './arrivals.js';
import type { Layout } from './layout.js';
import type { Presence } from './members.js';
import { changesInMs, type Look, outlook, type Policy, type Scene, scenes } from './outlook.js';
import { type Plan, plan } from './plan.js';
import { decodeTable, encodeBalance, encodeEligible, encodeTable, type Table } from './table.js';
import { follow } from './znodes.js';

export interface BalancerOptions {
  readonly layout: Layout;
  readonly policy: Policy;
  readonly presence$: Observable<Presence>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The table as it stands in the store. */
interface Standing {
  readonly table: Table;
  readonly version: number;
}

/** Runs until unsubscribed. Errors only with what cannot be cured here: then another should balance. */
export function balance(session: StoreSession, term: StoreTerm, options: BalancerOptions): Observable<never> {
  const { layout, presence$, clock } = options;
  const scene$ = scenes(session, layout, presence$, clock);
  const run$ = scene$.pipe(
    connect((shared$) => turns(session, term, shared$, options), { connector: () => new ReplaySubject(1) }),
  );
  return concat(makeRecords(session, term, options), run$);
}

/** One table after another, each when there is a reason for it. */
function turns(
  session: StoreSession,
  term: StoreTerm,
  scene$: Observable<Scene>,
  options: BalancerOptions,
): Observable<never> {
  const begun$ = new Subject<readonly Move[]>();
  const arrived$ = new BehaviorSubject<ReadonlySet<string>>(new Set());
  const arrivals$ = begun$.pipe(
    mergeMap((moves) => arrivals(session, moves, options)),
    tap((move) => arrived$.next(new Set([...arrived$.value, keyOf(move)]))),
  );
  const begin = (roles: readonly string[], { owners, moving }: Table) => {
    const moves = roles.map((role) => ({ role, from: moving.get(role), to: owners.get(role) }));
    // A role may go where it has been before.
    const again = new Set(moves.map(keyOf));
    arrived$.next(new Set([...arrived$.value].filter((key) => !again.has(key))));
    begun$.next(moves);
  };
  const first$ = standing(session, options).pipe(tap(({ table }) => begin([...table.moving.keys()], table)));
  const turn = (before: Standing): Observable<Standing> =>
    nextPlan(before, scene$, arrived$, options).pipe(
      switchMap(({ plan, scene }) =>
        write(session, term, before, plan, scene, options).pipe(tap(() => begin(plan.begun, plan.table))),
      ),
    );
  return merge(arrivals$, first$.pipe(expand(turn))).pipe(ignoreElements());
}

const keyOf = ({ role, to }: Pick<Move, 'role' | 'to'>): string => `${role}/${to ?? ''}`;

/** Emits once: the first plan that changes something. */
function nextPlan(
  { table }: Standing,
  scene$: Observable<Scene>,
  arrived$: Observable<ReadonlySet<string>>,
  { policy, clock }: BalancerOptions,
): Observable<{ readonly plan: Plan; readonly scene: Scene }> {
  const { paceMs } = policy.moves;
  const steadily$ = merge(arrived$.pipe(take(1)), arrived$.pipe(auditTime(paceMs / 2, clock.scheduler)));
  return combineLatest([scene$, steadily$]).pipe(
    switchMap(([scene, arrived]) => {
      const moving = [...table.moving].filter(([role]) => !arrived.has(keyOf({ role, to: table.owners.get(role) })));
      let look = lookAt(clock);
      const look$ = defer(() => {
        look = lookAt(clock);
        return of(plan({ ...table, moving: new Map(moving) }, outlook(scene, policy, look)));
      });
      return look$.pipe(
        repeat({ delay: () => later(changesInMs(scene, policy, look), clock) }),
        map((plan) => ({ plan, scene })),
      );
    }),
    filter(({ plan }) => plan.changed),
    take(1),
  );
}

const lookAt = (clock: Clock): Look => ({ now: clock.now(), wall: clock.wall() });

const later = (ms: number | undefined, clock: Clock): Observable<unknown> =>
  ms === undefined ? NEVER : timer(Math.min(Math.ceil(ms), MAX_TIMER_MS), clock.scheduler);

/** Emits the table that stands afterwards: the plan's, or what else was found there. */
function write(
  session: StoreSession,
  term: StoreTerm,
  before: Standing,
  { table, done, unclean }: Plan,
  { balance, balanceVersion, eligible }: Scene,
  options: BalancerOptions,
): Observable<Standing> {
  const { layout, logger } = options;
  return defer(() => {
    let transaction = term.transaction().set(layout.assign, encodeTable(table), before.version);
    const orders = Object.entries(balance.orders).filter(([role]) => !done.includes(role));
    if (done.length > 0)
      transaction = transaction.set(
        layout.balance,
        encodeBalance({ ...balance, orders: Object.fromEntries(orders) }),
        balanceVersion,
      );
    for (const [role, node] of unclean) {
      if (!done.includes(role)) continue;
      const [path, data] = [`${layout.eligible}/${role}`, encodeEligible([node])] as const;
      transaction = eligible.has(role) ? transaction.set(path, data) : transaction.create(path, data);
    }
    return transaction.commit();
  }).pipe(
    tap(() => logger.debug({ owners: table.owners.size, moving: table.moving.size }, 'roles: the table was written')),
    map(([set]) => ({ table, version: set!.version! })),
    catchError((error) => {
      if (error instanceof FencedError) return NEVER;
      if (error instanceof ConnectionLostError || error instanceof StoreError) return standing(session, options);
      return throwError(() => error);
    }),
  );
}

/** The table as it is in the store, as soon as it can be read. Emits once. */
function standing(session: StoreSession, { layout, clock }: BalancerOptions): Observable<Standing> {
  return follow(session, layout.assign, clock).pipe(
    take(1),
    map(({ data, version }) => ({ table: decodeTable(data), version })),
  );
}

/** How many records are made by one write, and how long from one to the next. */
const BATCH = 200;
const BREATH_MS = 5;

/** The records of all roles, before the first table names them. Completes without a value. */
function makeRecords(
  session: StoreSession,
  term: StoreTerm,
  { layout, policy, clock }: BalancerOptions,
): Observable<never> {
  const make = (roles: readonly string[]) => {
    const empty = term.transaction();
    return defer(() => roles.reduce((all, role) => all.create(`${layout.roles}/${role}`), empty).commit());
  };
  const missing$ = session.watchChildren(layout.roles).pipe(
    take(1),
    map((names) => {
      const there = new Set(names);
      return policy.roles.filter((role) => !there.has(role)).slice(0, BATCH);
    }),
  );
  const made$ = missing$.pipe(
    switchMap((roles) => (roles.length === 0 ? of('all' as const) : make(roles).pipe(map(() => 'some' as const)))),
    catchError((error) => {
      if (error instanceof FencedError) return NEVER;
      // Somebody has made one of them meanwhile, or the answer was lost: look again.
      if (error instanceof StoreError || error instanceof ConnectionLostError) return of('some' as const);
      return throwError(() => error);
    }),
  );
  return made$.pipe(
    repeat({ delay: () => timer(BREATH_MS, clock.scheduler) }),
    takeWhile((made) => made === 'some'),
    ignoreElements(),
  );
}
