import { randomUUID } from 'node:crypto';
import {
  BehaviorSubject,
  combineLatest,
  firstValueFrom,
  lastValueFrom,
  map,
  type Observable,
  Subject,
  shareReplay,
} from 'rxjs';
import {
  type RoleHandler,
  type RoleOptions,
  type RoleState,
  resolveRoleOptions,
} from '../../lib/coordinator/handler.js';
import { type Member, membership } from '../../lib/coordinator/member.js';
import { type RoleAddress, runRole } from '../../lib/coordinator/role.js';
import type { RoleTerm, TermEnd } from '../../lib/coordinator/term.js';
import type { StoreSession } from '../../lib/election/store.js';
import { systemClock } from '../../lib/options.js';
import { type ZooKeeperBackend, type ZooKeeperOptions, zookeeper } from '../../lib/zookeeper/index.js';
import { startProxy, type TcpProxy } from '../support/proxy.js';
import { type Seen, seen, until } from '../support/until.js';

/** Hooks whose ends the spec decides, and what they were told. `log` is shared by all nodes of a house. */
export interface Hooks extends RoleHandler<string> {
  readonly log: string[];
  readonly terms: RoleTerm[];
  readonly ends: TermEnd[];
}

export interface Node extends AsyncDisposable {
  readonly id: string;
  readonly backend: ZooKeeperBackend;
  readonly hooks: Hooks;
  readonly states: Seen<RoleState<string>>;
  readonly member: () => Member | undefined;
  /** Whether the role is wanted here. */
  want(wanted: boolean): void;
  /** Waits until it has a place and asks for nothing more. */
  settled(): Promise<void>;
  /** Waits for a phase that comes after all that were seen by now, or is the present one. */
  is(phase: RoleState<string>['phase']): Promise<RoleState<string>>;
}

/** As an operator's `deleteall`. */
export async function removeRecord(session: StoreSession, path: string): Promise<void> {
  const removed = (one: string) => lastValueFrom(session.remove(one), { defaultValue: undefined });
  for (const mark of await firstValueFrom(session.children(path))) await removed(`${path}/${mark}`);
  await removed(path);
}

/** One role below a root of its own, and nodes that may run it. */
export class House implements AsyncDisposable {
  readonly root = `/roles-${randomUUID()}`;
  readonly log: string[] = [];
  readonly address: RoleAddress = {
    role: 'r',
    path: `${this.root}/r`,
    members: `${this.root}/members`,
    incarnation: randomUUID(),
  };
  readonly #nodes: Node[] = [];
  readonly #proxies: TcpProxy[] = [];

  async node(
    id: string,
    connect: string,
    hooks: Partial<RoleHandler<string>> = {},
    options: RoleOptions = {},
    session: Partial<ZooKeeperOptions> = {},
  ) {
    const backend = zookeeper({ servers: connect, sessionTimeoutMs: 3_000, ...session });
    const { candidacy, place$ } = backend.store.campaign(this.address.members, { id });
    candidacy.leadership$.subscribe({ error: () => undefined });
    const member$ = membership(place$, id, systemClock).pipe(shareReplay({ bufferSize: 1, refCount: true }));
    const wanted$ = new BehaviorSubject(false);
    const told = logging(id, this.log, hooks);
    const wantedAs$ = combineLatest([member$, wanted$]).pipe(map(([member, wanted]) => (wanted ? member : undefined)));
    const options_ = resolveRoleOptions({ backOffMs: 20, unloadTimeoutMs: 500, ...options });
    const states = seen(runRole(this.address, wantedAs$, told, options_));
    const members = seen(member$ as Observable<Member | undefined>);
    const node: Node = {
      id,
      backend,
      hooks: told,
      states,
      member: () => members.last,
      want: (wanted) => wanted$.next(wanted),
      is: (phase) =>
        until(() => states.last?.phase === phase && states.last, {
          describe: () => `${id} to be ${phase}, is ${states.last?.phase}; ${this.log.join(' ')}`,
        }),
      settled: async () => {
        await until(() => candidacy.leadership.role !== 'candidate' && members.last);
        await firstValueFrom(members.last!.session.multi([{ op: 'check', path: members.last!.path }]));
      },
      async [Symbol.asyncDispose]() {
        wanted$.next(false);
        await backend.close();
        states[Symbol.dispose]();
        members[Symbol.dispose]();
      },
    };
    this.#nodes.push(node);
    await until(() => members.last, { describe: `${id} to be a member` });
    return node;
  }

  /** In front of a server, until the nodes have said goodbye through it. */
  async proxy(target: string): Promise<TcpProxy> {
    const proxy = await startProxy(target);
    this.#proxies.push(proxy);
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) proxy.forward();
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}

function logging(id: string, log: string[], given: Partial<RoleHandler<string>>): Hooks {
  const terms: RoleTerm[] = [];
  const ends: TermEnd[] = [];
  return {
    ...given,
    log,
    terms,
    ends,
    fencePrevious: (previous, term) => {
      log.push(`${id} fences ${previous.owner}`);
      return given.fencePrevious?.(previous, term) ?? [];
    },
    load: (term, progress) => {
      terms.push(term);
      log.push(`${id} loads ${term.epoch.term}`);
      return given.load?.(term, progress) ?? [`state of ${term.epoch.term}`];
    },
    serve: (state, term) => {
      log.push(`${id} serves ${term.epoch.term}`);
      return given.serve?.(state, term) ?? new Subject();
    },
    unload: (state, end) => {
      ends.push(end);
      log.push(`${id} unloads ${end.epoch.term}${state === undefined ? ' half' : ''}`);
      return given.unload?.(state, end);
    },
  };
}
