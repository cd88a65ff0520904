/** Who coordinates a key: for clients, who neither stand nor write. */
import {
  catchError,
  defer,
  distinctUntilChanged,
  EMPTY,
  firstValueFrom,
  map,
  type Observable,
  type ObservableInput,
  of,
  ReplaySubject,
  retry,
  share,
  switchMap,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { Backend } from '../election/election.js';
import { isMissing, isOtherVersion } from '../election/store.js';
import { isRetriable } from '../errors.js';
import { type Clock, systemClock } from '../options.js';
import { type GroupConfig, readConfig } from './config.js';
import type { Epoch } from './epoch.js';
import { NoSuchRoleError } from './errors.js';
import { storeOf } from './group.js';
import { layoutOf } from './layout.js';
import { idsOf, roleOf } from './roles.js';
import { type Owner, type OwnerView, type Sight, sightOf } from './sight.js';
import { within, withStore } from './znodes.js';

export interface Located {
  readonly owner: Owner;
  readonly epoch: Epoch;
}

export interface OwnerOfOptions {
  /** @default 30000 */
  readonly timeoutMs?: number;
  /** Asks the store to confirm, by a write of nothing but checks: a server that lags cannot. @default false */
  readonly authoritative?: boolean;
}

export interface WithOwnerOptions {
  /** For all attempts together. @default 30000 */
  readonly timeoutMs?: number;
  /** Between two attempts, unless the answer names a time. @default 100 */
  readonly retryMs?: number;
}

export interface CoordinatorLocator {
  /** The role of a key: by its hash, or, in a group whose roles have names, the key itself. Throws NoSuchRoleError. */
  roleOf(key: string): string;
  /** Cold; shared while used. Watches the role's record and its owner's znode, nothing else. Epochs never fall. */
  owner$(key: string): Observable<OwnerView>;
  /** Waits while the role is vacant. Rejects with DeadlineError. */
  ownerOf(key: string, options?: OwnerOfOptions): Promise<Located>;
  /** An owner has answered that it is not, in this epoch: the next `ownerOf` makes sure before it names it again. */
  report(key: string, epoch: Epoch | undefined): void;
  /**
   * Calls the owner; once more, of the owner then, when the answer is one of the guard's, a stale epoch included: then we
   * had not heard of the latest. Errors with DeadlineError.
   */
  withOwner<T>(
    key: string,
    call: (owner: Owner, epoch: Epoch) => ObservableInput<T>,
    options?: WithOwnerOptions,
  ): Observable<T>;
}

/** Rejects with NoSuchGroupError, UnsupportedError, DeadlineError. Needs no closing: it lives on the backend's session. */
export async function openLocator(
  backend: Backend,
  root: string,
  { clock = systemClock, timeoutMs = 30_000 }: { readonly clock?: Clock; readonly timeoutMs?: number } = {},
): Promise<CoordinatorLocator> {
  const [store, layout] = [storeOf(backend), layoutOf(root)];
  const config$ = withStore(store, clock, (session) => readConfig(session, layout));
  const config = await firstValueFrom(
    config$.pipe(within(`The look at the group at ${layout.root}`, timeoutMs, clock)),
  );
  const kept = new Map<string, Observable<Sight>>();
  const sight$ = (role: string) => {
    const known = kept.get(role);
    if (known) return known;
    const fresh = sightOf(store, layout, role, clock).pipe(share({ connector: () => new ReplaySubject(1) }));
    kept.set(role, fresh);
    return fresh;
  };
  return locator(sight$, (key) => roleIn(config, layout.root, key), clock);
}

function roleIn({ roles }: GroupConfig, root: string, key: string): string {
  if ('count' in roles) return roleOf(key, roles);
  if (idsOf(roles).includes(key)) return key;
  throw new NoSuchRoleError(root, key);
}

function locator(
  sight$: (role: string) => Observable<Sight>,
  role: (key: string) => string,
  clock: Clock,
): CoordinatorLocator {
  /** The latest epochs that are in doubt, by role, until the store has confirmed them. */
  const reported = new Map<string, bigint>();
  const isDoubted = (id: string, { token }: Epoch) => (reported.get(id) ?? -1n) >= token;
  const settle = (id: string, { token }: Epoch) => {
    if ((reported.get(id) ?? -1n) <= token) reported.delete(id);
  };
  const located = (key: string, authoritative: boolean): Observable<Located> =>
    sight$(role(key)).pipe(
      switchMap((sight) => {
        const { view } = sight;
        if (view.status !== 'owned') return EMPTY;
        const found = { owner: view.owner, epoch: view.epoch };
        const doubted = isDoubted(role(key), view.epoch);
        const confirmed$ = confirmed(sight, clock).pipe(tap(() => settle(role(key), view.epoch)));
        return authoritative || doubted ? confirmed$.pipe(map(() => found)) : of(found);
      }),
      take(1),
    );
  const report = (key: string, epoch: Epoch | undefined) => {
    if (epoch && !isDoubted(role(key), epoch)) reported.set(role(key), epoch.token);
  };
  return {
    roleOf: role,
    owner$: (key) =>
      sight$(role(key)).pipe(
        map(({ view }) => view),
        distinctUntilChanged(),
      ),
    ownerOf: (key, { timeoutMs = 30_000, authoritative = false } = {}) =>
      firstValueFrom(located(key, authoritative).pipe(within(`An owner of ${role(key)}`, timeoutMs, clock))),
    report,
    withOwner: (key, call, { timeoutMs = 30_000, retryMs = 100 } = {}) => {
      const delay = (error: unknown) =>
        isAnswer(error) ? timer(error.retryAfterMs ?? retryMs, clock.scheduler) : throwError(() => error);
      return defer(() => located(key, false)).pipe(
        switchMap(({ owner, epoch }) =>
          defer(() => call(owner, epoch)).pipe(
            catchError((error) => {
              if (isAnswer(error) && error.code !== LOADING) report(key, epoch);
              throw error;
            }),
          ),
        ),
        retry({ delay }),
        within(`A call of the owner of ${role(key)}`, timeoutMs, clock),
      );
    },
  };
}

/** Emits once if the sight is true; else nothing, for the next sight is on its way. */
function confirmed({ session, proof }: Sight, clock: Clock): Observable<unknown> {
  if (!session || !proof) return EMPTY;
  const { path, version, member } = proof;
  const check$ = session.multi([
    { op: 'check', path, version },
    { op: 'check', path: member },
  ]);
  return check$.pipe(
    retry({ delay: (error) => (isRetriable(error) ? timer(100, clock.scheduler) : throwError(() => error)) }),
    catchError((error) => (isOtherVersion(error) || isMissing(error) ? EMPTY : throwError(() => error))),
  );
}

/** Says the owner alone: no reason to doubt it. */
const LOADING = 'COORDINATOR_LOADING';
const ANSWERS = new Set<unknown>(['NOT_COORDINATOR', LOADING, 'COORDINATOR_NOT_AVAILABLE', 'STALE_EPOCH']);

/** One of the guard's answers; also as it came over a wire, by its code. */
function isAnswer(error: unknown): error is { readonly code: unknown; readonly retryAfterMs?: number } {
  return typeof error === 'object' && error !== null && ANSWERS.has((error as { code?: unknown }).code);
}
