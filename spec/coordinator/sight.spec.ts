import {
  BehaviorSubject,
  concat,
  firstValueFrom,
  NEVER,
  type Observable,
  of,
  Subject,
  startWith,
  takeUntil,
  throwError,
} from 'rxjs';
import { expect, it } from 'vitest';
import { layoutOf } from '../../lib/coordinator/layout.js';
import { openLocator } from '../../lib/coordinator/locator.js';
import { encodeRoleRecord } from '../../lib/coordinator/record.js';
import { epochOf, sightOf } from '../../lib/coordinator/sight.js';
import type { Backend } from '../../lib/election/election.js';
import type { Store, StoredNode, StoreSession } from '../../lib/election/store.js';
import { StoreError } from '../../lib/errors.js';
import { systemClock } from '../../lib/options.js';
import { seen } from '../support/until.js';

const layout = layoutOf('/g');
const node = (path: string, data: Uint8Array | string, mzxid = 1n): StoredNode => ({
  path,
  data: Buffer.from(data),
  czxid: 1n,
  mzxid,
  version: 1,
  owner: 0n,
  ctime: 0,
  mtime: 0,
});

/** A server as far as its state has come: the role is owned under this token. */
const serverAt = (
  token: bigint,
  incarnation = 'aa',
  connection$: Observable<'connected' | 'suspended'> = NEVER,
  confirms = true,
) => {
  const term = Number(token);
  const record = { term, owner: `n${token}`, member: 'm', claim: 'c', leaseMs: 1, released: false, clean: false };
  const config = JSON.stringify({ version: 1, incarnation, roles: { count: 1 } });
  const watch = (path: string) => {
    const data = path === `${layout.roles}/0` ? encodeRoleRecord(record) : JSON.stringify({ data: { address: 'x:1' } });
    return concat(of(node(path, data, token)), NEVER);
  };
  return {
    connection$: connection$.pipe(startWith('connected')),
    get: (path: string) => of(node(path, config)),
    watch,
    multi: () => (confirms ? of([]) : throwError(() => new StoreError('BAD_VERSION', '/g/roles/0', false, 0))),
  } as Partial<StoreSession> as StoreSession;
};

const sight = (session$: Observable<StoreSession | undefined>) =>
  seen(sightOf({ session$ } as Store, layout, '0', systemClock));

it('I9: never goes back to the epoch of a server that lags, and goes on from it when that has caught up', () => {
  const session$ = new Subject<StoreSession | undefined>();
  using sights = sight(session$);
  for (const token of [3n, 2n, 1n, 4n]) session$.next(serverAt(token));
  expect(sights.values.map(({ view }) => epochOf(view)?.token)).toEqual([3n, 4n]);
});

it('I9: keeps the last owner as a guess while there is no session, and while the wire is down', async () => {
  const [session$, connection$] = [new Subject<StoreSession | undefined>(), new Subject<'connected' | 'suspended'>()];
  using sights = sight(session$);
  session$.next(serverAt(3n, 'aa', connection$));
  connection$.next('suspended');
  expect(sights.last?.view).toMatchObject({ status: 'stale', owner: { node: 'n3', address: 'x:1' } });
  connection$.next('connected');
  expect(sights.last?.view.status).toBe('owned');
  session$.next(undefined);
  expect(sights.last?.view).toMatchObject({ status: 'stale', owner: { node: 'n3' } });
});

it('I9: an owner is not named while it is only a guess', async () => {
  const session$ = new BehaviorSubject<StoreSession | undefined>(serverAt(3n));
  const locator = await openLocator({ store: { session$ } } as unknown as Backend, '/g');
  using _views = seen(locator.owner$('k'));
  session$.next(undefined);
  await expect(locator.ownerOf('k', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  session$.next(serverAt(4n));
  expect((await locator.ownerOf('k')).owner.node).toBe('n4');
});

it('an owner that has answered that it is not is named again only if the store confirms it', async () => {
  const session$ = new BehaviorSubject<StoreSession | undefined>(serverAt(3n, 'aa', NEVER, false));
  const locator = await openLocator({ store: { session$ } } as unknown as Backend, '/g');
  const { epoch } = await locator.ownerOf('k');
  locator.report('k', epoch);
  const next = locator.ownerOf('k');
  session$.next(serverAt(4n, 'aa', NEVER, false));
  expect((await next).owner.node).toBe('n4');
  const sure = locator.ownerOf('k', { authoritative: true, timeoutMs: 20 });
  await expect(sure).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
});

it('I9: an owner whose znode is gone is none, though it has released nothing', () => {
  const gone$ = new Subject<void>();
  const session = serverAt(3n);
  const watch = (path: string) => session.watch(path).pipe(takeUntil(path.startsWith(layout.members) ? gone$ : NEVER));
  using sights = sight(of({ ...session, watch }));
  expect(sights.last?.view.status).toBe('owned');
  gone$.next();
  expect(sights.last?.view).toMatchObject({ status: 'vacant', last: { token: 3n } });
});

it('begins anew with another incarnation, whose tokens may be smaller', async () => {
  const first = await firstValueFrom(sightOf({ session$: of(serverAt(3n)) } as Store, layout, '0', systemClock));
  using sights = sight(of(serverAt(3n), serverAt(1n, 'bb')));
  expect(first.incarnation).toBe('aa');
  expect(sights.last).toMatchObject({ incarnation: 'bb', view: { epoch: { token: 1n } } });
});
