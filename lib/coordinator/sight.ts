/** One role, as somebody sees it who only looks: who owns it, and since which epoch. Never back to an earlier one. */
import {
  combineLatest,
  concat,
  distinctUntilChanged,
  map,
  type Observable,
  of,
  repeat,
  retry,
  scan,
  switchMap,
  throwError,
  timer,
} from 'rxjs';
import type { Store, StoredNode, StoreSession } from '../election/store.js';
import { isRetriable } from '../errors.js';
import type { Clock } from '../options.js';
import { readConfig } from './config.js';
import type { Epoch } from './epoch.js';
import type { Layout } from './layout.js';
import { decodeRoleRecord, type RoleRecord } from './record.js';

export interface Owner {
  readonly node: string;
  /** Where its clients reach it, as it has published; empty if it has not. */
  readonly address: string;
}

export type OwnerView =
  | { readonly status: 'owned'; readonly owner: Owner; readonly epoch: Epoch }
  /** Released, or its owner is gone. */
  | { readonly status: 'vacant'; readonly last?: Epoch | undefined }
  /** The connection is lost: what was last known goes on to be the best guess. */
  | { readonly status: 'stale'; readonly owner: Owner; readonly epoch: Epoch };

/** A view, and how to make sure of it. */
export interface Sight {
  readonly view: OwnerView;
  readonly session: StoreSession | undefined;
  readonly incarnation: string | undefined;
  /** Of the record and of the owner's znode. */
  readonly proof?: { readonly path: string; readonly version: number; readonly member: string };
}

/** How long to wait before what was not there is looked for again, in ms. */
const AGAIN_MS = 250;

/** Cold. Says something at once, and goes on across sessions; errors only where retrying cannot help. */
export function sightOf(store: Store, layout: Layout, role: string, clock: Clock): Observable<Sight> {
  const pause = (error: unknown) => (isRetriable(error) ? timer(AGAIN_MS, clock.scheduler) : throwError(() => error));
  return store.session$.pipe(
    switchMap((session) => (session ? inSession(session, layout, role, clock) : of(undefined))),
    retry({ delay: pause }),
    scan(onward, { view: { status: 'vacant' }, session: undefined, incarnation: undefined } as Sight),
    distinctUntilChanged((a, b) => a === b),
  );
}

/** `undefined`: nothing can be seen at present. */
function inSession(session: StoreSession, layout: Layout, role: string, clock: Clock): Observable<Sight | undefined> {
  const path = `${layout.roles}/${role}`;
  const seen$ = readConfig(session, layout).pipe(
    switchMap(({ incarnation }) =>
      concat(session.watch(path), of(undefined)).pipe(
        repeat({ delay: () => timer(AGAIN_MS, clock.scheduler) }),
        switchMap((node) => owned(session, layout, { role, incarnation }, node)),
      ),
    ),
  );
  return combineLatest([session.connection$, seen$]).pipe(
    map(([connection, sight]) => (connection === 'connected' ? sight : undefined)),
  );
}

/** Owned as long as the owner's znode is there. */
function owned(
  session: StoreSession,
  { members }: Layout,
  { role, incarnation }: Pick<Epoch, 'role' | 'incarnation'>,
  node: StoredNode | undefined,
): Observable<Sight> {
  const record = node && decodeRoleRecord(node.data);
  const epoch = node && record && { role, incarnation, term: record.term, token: node.mzxid };
  const vacant: Sight = { view: { status: 'vacant', last: epoch }, session, incarnation };
  if (!node || !record || !epoch || record.released) return of(vacant);
  const member = `${members}/${record.member}`;
  const proof = { path: node.path, version: node.version, member };
  const owner$ = session.watch(member).pipe(
    map(({ data }): Sight => {
      return { view: { status: 'owned', owner: ownerOf(record, data), epoch }, session, incarnation, proof };
    }),
  );
  return concat(owner$, of(vacant));
}

/** What a member has published of itself lies below `data` in its znode. */
function ownerOf({ owner }: RoleRecord, bytes: Uint8Array): Owner {
  try {
    const { data } = JSON.parse(new TextDecoder().decode(bytes));
    return { node: owner, address: typeof data?.address === 'string' ? data.address : '' };
  } catch {
    return { node: owner, address: '' };
  }
}

/** Without a sight the last owner is kept, as stale; a sight of an earlier epoch (a server that lags) is passed over. */
function onward(before: Sight, now: Sight | undefined): Sight {
  const { view } = before;
  if (!now) return view.status === 'owned' ? { ...before, view: { ...view, status: 'stale' } } : before;
  if (now.incarnation !== before.incarnation) return now;
  const [last, next] = [epochOf(view), epochOf(now.view)];
  if (last && !next) return { ...now, view: { status: 'vacant', last } };
  return last && next && next.token < last.token ? before : now;
}

export const epochOf = (view: OwnerView): Epoch | undefined => (view.status === 'vacant' ? view.last : view.epoch);
