import { randomUUID } from 'node:crypto';
import { Subject } from 'rxjs';
import {
  openRoleGroup,
  type RoleChange,
  type RoleGroup,
  type RoleGroupOptions,
  type RoleHandler,
} from '../../lib/coordinator/index.js';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { type Seen, seen, until } from '../support/until.js';

export type Options = Partial<RoleGroupOptions<string>> & { readonly hooks?: Partial<RoleHandler<string>> };

export interface GroupNode {
  readonly id: string;
  readonly backend: ZooKeeperBackend;
  readonly group: RoleGroup<string>;
  readonly changes: Seen<RoleChange<string>>;
  /** The roles that are served here, sorted. */
  serving(): readonly string[];
}

/** A group below a root of its own, and processes in it; each has a session of its own. */
export class GroupHouse implements AsyncDisposable {
  readonly root = `/group-${randomUUID()}`;
  readonly nodes: GroupNode[] = [];
  /** Roles that were seen to be served by two at the same time. */
  readonly overlaps: string[] = [];
  readonly #serving = new Map<string, string>();
  readonly #connect: string;
  readonly #defaults: Options;

  constructor(connect: string, defaults: Options = {}) {
    this.#connect = connect;
    this.#defaults = defaults;
  }

  async join(id: string, given: Options = {}): Promise<GroupNode> {
    const { hooks, ...options } = { ...this.#defaults, ...given };
    const backend = zookeeper({ servers: this.#connect, sessionTimeoutMs: 3_000 });
    const opened = openRoleGroup<string>(backend, {
      root: this.root,
      node: { id, address: `${id}:1` },
      roles: { count: 12 },
      handler: (role) => this.#handler(id, role, hooks),
      backOffMs: 20,
      unloadTimeoutMs: 500,
      ...options,
      moves: { settleMs: 50, paceMs: 20, ...options.moves },
    });
    const group = await opened.catch((error) => backend.close().then(() => Promise.reject(error)));
    const changes = seen(group.roles$);
    const node: GroupNode = {
      id,
      backend,
      group,
      changes,
      serving: () =>
        [...this.#serving]
          .filter(([, owner]) => owner === id)
          .map(([role]) => role)
          .sort(),
    };
    this.nodes.push(node);
    return node;
  }

  /** Roles by node. */
  loads(): Record<string, number> {
    return Object.fromEntries(this.nodes.map(({ id, serving }) => [id, serving().length]));
  }

  /** Waits until each node serves so many roles. */
  settled(loads: Record<string, number>): Promise<unknown> {
    const is = () => Object.entries(loads).every(([id, count]) => this.loads()[id] === count);
    return until(is, { describe: () => `${JSON.stringify(loads)}, is ${JSON.stringify(this.loads())}` });
  }

  #handler(id: string, role: string, hooks: Partial<RoleHandler<string>> = {}): RoleHandler<string> {
    return {
      ...hooks,
      load: (term, progress) => hooks.load?.(term, progress) ?? ['state'],
      serve: (state, term) => {
        const other = this.#serving.get(role);
        if (other !== undefined) this.overlaps.push(`${role}: ${other} and ${id}`);
        this.#serving.set(role, id);
        term.ended$.subscribe(() => this.#serving.get(role) === id && this.#serving.delete(role));
        return hooks.serve?.(state, term) ?? new Subject();
      },
      unload: (state, end) => hooks.unload?.(state, end),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(({ group }) => group.close()));
    await Promise.all(this.nodes.map(({ backend }) => backend.close()));
    for (const { changes } of this.nodes) changes[Symbol.dispose]();
  }
}
