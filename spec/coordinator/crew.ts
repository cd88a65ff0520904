/** Processes that are members of a group, what they say of themselves, and what each kind of event costs them on the wire. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startProxy, type Proxy as Wire } from '../support/proxy.js';
import { until } from '../support/until.js';
import type { WorkerNews, WorkerSetup } from './group-worker.js';
import { WireHistory } from './wire-history.js';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const SESSION_MS = 4_000;
/** `npm run programs` compiles it. */
const program = '.tmp/programs/spec/coordinator/group-worker.js';

export interface Span {
  readonly role: string;
  readonly from: bigint;
  until?: bigint;
}

/** One process, started again after each end; what it said of itself over all its lives. */
export class Worker {
  readonly spans: Span[] = [];
  /** Terms that ended because the process was too slow to renew its lease. */
  lapsed = 0;
  readonly lefts: NonNullable<WorkerNews['left']>[] = [];
  readonly #open = new Map<string, Span>();
  #child: ChildProcess | undefined;

  constructor(
    readonly id: string,
    readonly wire: Wire,
    readonly root: string,
    readonly roleCount: number,
  ) {}

  get roles(): number {
    return this.#open.size;
  }

  /** Starts the process; it joins when `join` says so. */
  async start(): Promise<void> {
    const setup: WorkerSetup = {
      servers: this.wire.connect,
      root: this.root,
      id: this.id,
      roles: this.roleCount,
      sessionTimeoutMs: SESSION_MS,
    };
    const child = fork(program, [JSON.stringify(setup)]);
    this.#child = child;
    child.on('message', (news: WorkerNews) => this.#hear(news));
    await once(child, 'message');
  }

  join(): void {
    this.#child!.send('join');
  }

  /** What it served is over at the latest when the process is gone. */
  async kill(): Promise<void> {
    const gone = once(this.#child!, 'exit');
    this.#child!.kill('SIGKILL');
    await gone;
    for (const role of [...this.#open.keys()]) this.#hear({ stops: role, at: `${process.hrtime.bigint()}` });
  }

  async leave(): Promise<void> {
    const gone = once(this.#child!, 'exit');
    this.#child!.send('leave');
    await gone;
  }

  async end(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.kill();
  }

  #hear({ serves, stops, lapsed, left, at }: WorkerNews): void {
    if (lapsed) this.lapsed++;
    if (left) this.lefts.push(left);
    if (serves !== undefined) {
      const span = { role: serves, from: BigInt(at) };
      this.#open.set(serves, span);
      this.spans.push(span);
    }
    const span = this.#open.get(stops ?? '');
    if (!span) return;
    span.until = BigInt(at);
    this.#open.delete(span.role);
  }
}

/** Roles that two processes served at the same instant, by one clock. */
export function overlaps(workers: readonly Worker[]): string[] {
  const byRole = new Map<string, (Span & { readonly id: string })[]>();
  for (const { id, spans } of workers)
    for (const span of spans) byRole.set(span.role, [...(byRole.get(span.role) ?? []), { ...span, id }]);
  return [...byRole].flatMap(([role, spans]) => {
    const sorted = spans.sort((a, b) => (a.from < b.from ? -1 : 1));
    return sorted.slice(1).flatMap((span, index) => {
      const before = sorted[index]!;
      const ended = before.until !== undefined && before.until <= span.from;
      return ended ? [] : [`${role}: ${before.id} and ${span.id}`];
    });
  });
}

/** What one event has cost all processes together. Requests that only keep sessions and leases are left out. */
export interface Cost {
  /** Roles whose owner should have changed. */
  readonly moved: number;
  /** Terms that began: more than that where a process was too slow to keep its lease. */
  readonly terms: number;
  readonly lapsed: number;
  readonly requests: number;
  readonly events: number;
  readonly ms: number;
  /** The requests, by operation and by what of the group they name. */
  readonly by: Readonly<Record<string, number>>;
}

/** Five members, each on a wire of its own to one of the servers. */
export class Crew implements AsyncDisposable {
  readonly workers: readonly Worker[];
  readonly costs = new Map<string, Cost>();
  readonly history: WireHistory;

  static async open(servers: readonly string[], root: string, roles: number): Promise<Crew> {
    const wires = await Promise.all(IDS.map((_, index) => startProxy(servers[index % servers.length]!)));
    return new Crew(wires, root, roles);
  }

  private constructor(wires: readonly Wire[], root: string, roles: number) {
    this.history = new WireHistory(root);
    this.workers = IDS.map((id, index) => new Worker(id, wires[index]!, root, roles));
    for (const { id, wire } of this.workers) this.history.listen(wire, id);
  }

  /** Waits until each has so many roles. */
  async settled(expected: readonly number[]): Promise<void> {
    const loads = () => this.workers.map(({ roles }) => roles);
    await until(() => loads().every((load, index) => load === expected[index]), {
      within: 60_000,
      describe: () => `loads of ${expected}, are ${loads()}`,
    });
  }

  /** Does it, waits until each has so many roles, and writes down what that cost. */
  async measure(what: string, moved: number, event: () => Promise<unknown>, loads: readonly number[]): Promise<void> {
    const lapsed = () => this.workers.reduce((sum, worker) => sum + worker.lapsed, 0);
    const [before, since] = [lapsed(), performance.now()];
    this.history.reset();
    await event();
    await this.settled(loads);
    const { requests, events, counts: by, terms } = this.history;
    const ms = Math.round(performance.now() - since);
    this.costs.set(what, { moved, terms, lapsed: lapsed() - before, requests, events, ms, by });
  }

  /** For people. */
  get rows() {
    return [...this.costs].map(([event, { moved, terms, lapsed, requests, events, ms, by }]) => ({
      event,
      ...{ moved, terms, lapsed, requests, 'per term': requests / terms, 'events per term': events / terms, ms },
      reads: by['getData roles'] ?? 0,
      claims: by['multi claim'] ?? 0,
      releases: by['multi release'] ?? 0,
      tables: by['multi assign'] ?? 0,
      'of tables': by['getData assign'] ?? 0,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end()));
    await Promise.all(this.workers.map(({ wire }) => wire[Symbol.asyncDispose]()));
  }
}
