/**
 * ZooKeeper on paper: the port `Session` over a tree in memory, in the time of whatever scheduler it is given.
 *
 * A request takes two milliseconds: after one it is carried out, after the other it is answered, in order. A watch
 * fires one millisecond after the change. The spec cuts, resumes and expires sessions and does what others would do.
 */
import { BehaviorSubject, catchError, EMPTY, filter, Observable, switchMap, throwError } from 'rxjs';
import { firstOf } from '../../lib/election/flow.js';
import { AccessDeniedError, ConnectionLostError, StoreError } from '../../lib/errors.js';
import type { Clock } from '../../lib/options.js';
import { isNoNode } from '../../lib/zookeeper/errors.js';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { resolveOptions } from '../../lib/zookeeper/options.js';
import { decodeRecord, type ElectionRecord, encodeProfile, encodeRecord } from '../../lib/zookeeper/record.js';
import { prover } from '../../lib/zookeeper/renewal.js';
import type { Session } from '../../lib/zookeeper/session.js';
import { vacancies } from '../../lib/zookeeper/vacancy.js';
import type { Glancer } from '../../lib/zookeeper/vigil.js';
import { FakeTree } from './fake-tree.js';
import { listingOf } from './listing.js';

/** What becomes of requests that are on their way to the server when the connection is cut. */
export type Fate = 'lost' | 'carried out';

export interface FakeSession extends Session {
  /** Everything that was asked, such as `create /e/_c_`, in order. */
  readonly asked: readonly string[];
  cut(fate?: Fate): void;
  resume(): void;
  /** We wait no longer for a wire that was cut. What the session owns stays at the server for a while. */
  giveUp(): void;
  /** The server forgets the session and removes what it owned. The session itself only falls silent. */
  expire(): void;
  /** A heartbeat is due: whoever wants to glance at something reads it. */
  beat(): void;
  /** Every request from now on waits this long for its answer. */
  delay(ms: number): void;
}

export class FakeEnsemble {
  readonly tree = new FakeTree();
  /** Requests that the ACL denies, such as `create /e/…`. */
  readonly denied: RegExp[] = [];
  /** The next request that fits is refused, and may be tried again. */
  readonly busy: RegExp[] = [];
  private sessions = 0n;

  constructor(private readonly clock: Clock) {
    this.tree.create('/e', new Uint8Array(), 0n);
  }

  /** The names in line of `/e`, first in line first. */
  get line(): string[] {
    const sequence = (name: string) => name.slice(-10);
    return this.tree.children('/e').sort((a, b) => (sequence(a) < sequence(b) ? -1 : 1));
  }
  get record(): ElectionRecord | undefined {
    return decodeRecord(this.tree.get('/e').data);
  }
  set record(record: Omit<ElectionRecord, 'id'> & { id?: string }) {
    this.tree.commit([{ op: 'set', path: '/e', data: encodeRecord({ id: 'somebody', ...record }) }]);
  }
  /** Somebody else joins the line; returns its name. */
  join(id: string, { leaseMs = 30, data = undefined as unknown, owner = 99n, as = id } = {}): string {
    const identity = identityOf(
      `00000000-0000-4000-8000-${Buffer.from(as.padEnd(6, '_').slice(0, 6)).toString('hex')}`,
    );
    const path = `/e/${namePrefix('curator', identity, leaseMs)}`;
    return this.tree.create(path, encodeProfile({ id, data }), owner, true).slice('/e/'.length);
  }
  /** The election is deleted and made again: its names begin again as well. */
  beginAgain(): void {
    for (const name of this.line) this.leave(name);
    this.tree.commit([{ op: 'remove', path: '/e' }]);
    this.tree.create('/e', new Uint8Array(), 0n);
  }
  leave(name: string): void {
    this.tree.commit([{ op: 'remove', path: `/e/${name}` }]);
  }
  /** Asks whoever has this place to step down. */
  ask(name: string, to?: string): void {
    const data = encodeProfile({ id: 'us', stepDown: { to } });
    this.tree.commit([{ op: 'set', path: `/e/${name}`, data }]);
  }
  open({ leaseMs = 30 } = {}): FakeSession {
    const timings = resolveOptions({ servers: 'paper:1', leaseMs, sessionTimeoutMs: 1000 }).timings(1000);
    return openSession(++this.sessions, timings, this, this.clock);
  }
}

interface Pending {
  readonly perform: () => void;
  performed: boolean;
  fail(error: unknown): void;
}

function openSession(
  id: bigint,
  timings: Session['timings'],
  { tree, denied, busy }: FakeEnsemble,
  { scheduler, now, wall }: Clock,
): FakeSession {
  const connection$ = new BehaviorSubject<'connected' | 'suspended'>('connected');
  const pending = new Set<Pending>();
  const asked: string[] = [];
  const glancers = new Map<Glancer, string>();
  let extraMs = 0;
  const connected$ = firstOf(connection$, (state) => state === 'connected');
  const lost$ = connection$.pipe(
    filter((state) => state === 'suspended'),
    switchMap(() => throwError(() => new ConnectionLostError())),
  );

  function request<T>(what: string, path: string, carryOut: () => T): Observable<T> {
    return new Observable<T>((subscriber) => {
      if (connection$.value !== 'connected') return subscriber.error(new ConnectionLostError());
      asked.push(`${what} ${path.replace(/_c_.*/, '_c_')}`);
      let outcome: { value: T } | { error: unknown };
      const one: Pending = {
        performed: false,
        perform: () => {
          one.performed = true;
          outcome = attempt(() => {
            if (denied.some((pattern) => pattern.test(`${what} ${path}`))) throw new AccessDeniedError(path, what);
            const refused = busy.findIndex((pattern) => pattern.test(`${what} ${path}`));
            if (refused >= 0 && busy.splice(refused, 1)) throw new StoreError('THROTTLED_OP', path, true);
            return carryOut();
          });
        },
        fail: (error) => subscriber.error(error),
      };
      pending.add(one);
      scheduler.schedule(() => pending.has(one) && one.perform(), 1);
      scheduler.schedule(() => {
        if (!pending.delete(one)) return;
        if ('error' in outcome) return subscriber.error(outcome.error);
        subscriber.next(outcome.value);
        subscriber.complete();
      }, 2 + extraMs);
    });
  }

  /** Reads now, after each change and after each reconnect; completes when the path is gone. */
  function follow<T>(kind: 'data' | 'children', path: string, read: () => T): Observable<T> {
    const change$ = (known: bigint) =>
      new Observable<never>((subscriber) =>
        tree.watch(kind, path, known, (gone) => {
          if (gone) scheduler.schedule(() => subscriber.error(new StoreError('NO_NODE', path, false)), 1);
          else scheduler.schedule(() => subscriber.complete(), 1);
        }),
      );
    return new Observable<T>((subscriber) => {
      let zxid = 0n;
      const look$ = request(kind, path, () => {
        zxid = tree.zxid;
        return read();
      });
      const again = (): void => {
        if (subscriber.closed) return;
        subscriber.add(
          look$.subscribe({
            next: (value) => {
              subscriber.next(value);
              const round = change$(zxid).subscribe({ error: fail, complete: again });
              subscriber.add(round);
              subscriber.add(
                lost$.subscribe({
                  error: () => {
                    if (round.closed) return;
                    round.unsubscribe();
                    fail(new ConnectionLostError());
                  },
                }),
              );
            },
            error: fail,
          }),
        );
      };
      const fail = (error: unknown): void => {
        if (isNoNode(error)) subscriber.complete();
        else if (error instanceof ConnectionLostError) subscriber.add(connected$.subscribe(again));
        else subscriber.error(error);
      };
      again();
    });
  }
  const multi: Session['multi'] = (ops) =>
    request(`multi ${ops.map(({ op }) => op).join(' ')}`, ops[0]!.path, () => tree.commit(ops));

  const get = (path: string) => request('get', path, () => tree.get(path));
  const watch = (path: string) => follow('data', path, () => tree.get(path));
  const waits: Session['follow'] = (path, who) => watch(path).subscribe(who);
  const isConnected = () => connection$.value === 'connected';

  return {
    id,
    timings,
    connection$,
    connected$,
    lost$,
    asked,
    get,
    children: (path) => request('children', path, () => tree.children(path)),
    listing: (path, read) => request('children', path, () => read(listingOf(tree.children(path)))),
    watch,
    follow: waits,
    watchChildren: (path) => follow('children', path, () => tree.children(path)),
    acl: () => EMPTY,
    create: (path, data, mode) =>
      request('create', path, () =>
        mode === 'ephemeral-sequential' ? tree.create(path, data, id, true) : tree.create(path, data, 0n),
      ),
    set: (path, data, version) => request('set', path, () => void tree.commit([{ op: 'set', path, data, version }])),
    remove: (path) => request('remove', path, () => void tree.commit([{ op: 'remove', path }])),
    multi,
    prove: prover({ multi }, connected$, { now, wall, scheduler }),
    untilVacant: vacancies({ follow: waits, multi }, connection$, isConnected, timings, { now, wall, scheduler }),
    glance: (path, who) => void glancers.set(who, path),
    overlook: (_path, who) => void glancers.delete(who),
    beat() {
      const read = (path: string) => get(path).pipe(catchError(() => EMPTY));
      for (const [who, path] of glancers) read(path).subscribe((znode) => glancers.has(who) && who.glanced(znode));
    },
    cut(fate = 'lost') {
      connection$.next('suspended');
      for (const one of pending) if (!one.performed && fate === 'carried out') one.perform();
      const failed = [...pending];
      pending.clear();
      for (const one of failed) one.fail(new ConnectionLostError());
    },
    resume: () => connection$.next('connected'),
    giveUp: () => connection$.complete(),
    expire() {
      pending.clear();
      tree.expire(id);
    },
    delay(ms) {
      extraMs = ms;
    },
  };
}

function attempt<T>(act: () => T): { value: T } | { error: unknown } {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}
