/** One process of the simulation: a connection of the shipped recipe, and those who stand over it. */
import { candidacy } from '../../lib/election/candidacy.js';
import type { Leading } from '../../lib/election/leadership.js';
import { resolveElectionOptions } from '../../lib/election/options.js';
import { workBegins } from '../../lib/election/term.js';
import { silent } from '../../lib/options.js';
import type { Ensemble } from '../../lib/sim/ensemble.js';
import type { Link } from '../../lib/sim/link.js';
import { between, type Random } from '../../lib/sim/random.js';
import { type Timeline, VirtualProcess } from '../../lib/sim/virtual-time.js';
import { identityOf } from '../../lib/zookeeper/line.js';
import { type Resolved, resolveOptions } from '../../lib/zookeeper/options.js';
import { standIn } from '../../lib/zookeeper/stand.js';
import type { ZooKeeperTerm } from '../../lib/zookeeper/standing.js';
import { connectOnce, type Wire } from '../../lib/zookeeper/wire.js';
import { SimulatedClient } from './zookeeper-client.js';
import { ELECTION, FENCED, type Judge, type Suspect } from './zookeeper-judge.js';

/** What all members share. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly ensemble: Ensemble;
  readonly judge: Judge;
  readonly rules: Rules;
  readonly counts: { messages: number; crashes: number };
  trace(who: string, what: () => string): void;
}

export interface Rules {
  readonly sessionTimeoutMs: number;
  readonly clockDrift: number;
  readonly onSuspend: 'hold' | 'stop';
  readonly prefers: boolean;
  readonly preempts: boolean;
  /** How long work may take to end, in ms. */
  readonly drainMs: number;
}

/** Who cannot be reached, and from where. */
export type Barrier = (server: number, direction: 'up' | 'down') => boolean;

type Weighed = { readonly data?: unknown };
const weightOf = ({ data }: Weighed) => (data as { weight?: number } | undefined)?.weight ?? 0;

export class Member {
  readonly barriers = new Set<Barrier>();
  readonly links = new Set<Link>();
  process: VirtualProcess;
  suspects: Suspect[] = [];
  /** Who has been told to leave. */
  #leaving: Suspect[] = [];
  /** Tokens under which work of this life runs. */
  readonly #works = new Set<bigint>();
  #life = 0;
  #wire: Wire;
  #options: Resolved;

  constructor(
    readonly name: string,
    private readonly world: World,
    readonly leaseMs: number,
    private readonly seats: number,
  ) {
    [this.process, this.#options, this.#wire] = this.#boot();
  }

  get isUp(): boolean {
    return this.process.isAlive;
  }

  /** Its newest connection. */
  get link(): Link | undefined {
    return [...this.links].at(-1);
  }

  /** Everybody here knows its place, and nobody is about to leave it. */
  get isSettled(): boolean {
    const isSeated = ({ last }: Suspect) => last?.role === 'follower' || last?.role === 'leader';
    const isGone = ({ last }: Suspect) => last?.role === 'resigned';
    return this.suspects.length > 0 && this.suspects.every(isSeated) && this.#leaving.every(isGone);
  }

  /** A new process, in which everybody stands. */
  start(): void {
    if (this.isUp) return;
    [this.process, this.#options, this.#wire] = this.#boot();
    for (let seat = 0; seat < this.seats; seat++) this.stand();
  }

  stand(): void {
    const { judge, random, rules } = this.world;
    const name = `${this.name}${this.#life}.${this.suspects.length}`;
    const identity = identityOf(uuid(random));
    const { prefers, preempts: preempt } = rules;
    const prefer = prefers ? (a: Weighed, b: Weighed) => weightOf(b) - weightOf(a) : undefined;
    const election = resolveElectionOptions({ prefer, preempt: prefers && preempt });
    const who = { id: name, data: { weight: this.name.charCodeAt(0) % 3 } };
    const stand = standIn(ELECTION, who, election, this.#wire, this.#options, undefined, identity);
    const handle = candidacy<unknown, ZooKeeperTerm>(name, stand, {
      ...election,
      clock: this.process,
      logger: silent,
      random,
    });
    const { process } = this;
    const suspect: Suspect = { name, identity, candidacy: handle, process, last: undefined, term: undefined };
    this.suspects.push(suspect);
    judge.suspects.add(suspect);
    handle.leadership$.subscribe({
      next: (value) => {
        this.world.trace(name, () => `is ${told(value)}`);
        judge.heard(suspect, value);
        if (value.role === 'leader') this.#work(value);
      },
      error: (error: unknown) => this.isUp && judge.complain('nobody gives up', `${name}: ${error}`),
    });
  }

  /** Its memory is gone; the servers hear of it, or they do not. */
  crash(silently: boolean): void {
    this.world.trace(this.name, () => 'crashes');
    this.world.counts.crashes += this.isUp ? 1 : 0;
    this.process.kill();
    for (const suspect of this.suspects) this.world.judge.suspects.delete(suspect);
    this.suspects = [];
    this.#leaving = [];
    for (const token of this.#works) this.#workEnds(token);
    for (const link of this.links) if (!silently) link.destroy();
  }

  resign(suspect: Suspect): void {
    this.suspects = this.suspects.filter((other) => other !== suspect);
    this.#leaving.push(suspect);
    void suspect.candidacy.resign();
  }

  /** Ends its session too. */
  close(): void {
    void this.#wire.close();
  }

  letGo(): void {
    for (const link of this.links) link.letGo();
  }

  /** Fenced writes while it leads and after; and takes its time to end. */
  #work({ signal, token, transaction }: Leading<ZooKeeperTerm>): void {
    const { random, rules } = this.world;
    const { process } = this;
    const counted = workBegins(signal);
    const ended = () => {
      this.#workEnds(token);
      counted();
    };
    this.#works.add(token);
    this.world.judge.works.add(token);
    signal.addEventListener('abort', () => process.after(random() * rules.drainMs, ended), { once: true });
    for (let writes = 0; writes < 2; writes++)
      process.after(random() * 2 * rules.sessionTimeoutMs, () =>
        transaction()
          .set(FENCED, `${token}`)
          .commit()
          .catch(() => undefined),
      );
  }

  #workEnds(token: bigint): void {
    this.#works.delete(token);
    this.world.judge.works.delete(token);
  }

  #boot(): [VirtualProcess, Resolved, Wire] {
    const { timeline, random, rules, ensemble } = this.world;
    const { sessionTimeoutMs, clockDrift, onSuspend } = rules;
    this.#life += 1;
    const half = (clockDrift / 2) * Math.max(-1, Math.min(1, between(random, -3, 3)));
    const process = new VirtualProcess(timeline, { base: between(random, 0, 1e6), rate: 1 + half });
    const servers = ensemble.servers.map(({ index }) => `server${index}`).join();
    const options = resolveOptions({
      ...{ servers, sessionTimeoutMs, clockDrift, onSuspend, random, clock: process, leaseMs: this.leaseMs },
    });
    const around = {
      ...{ process, ensemble },
      isHeld: (server: number) => (direction: 'up' | 'down') =>
        [...this.barriers].some((barrier) => barrier(server, direction)),
      dialled: (link: Link) => void this.links.add(link),
      toldOfEnd: (path: string) => this.world.judge.toldOfEnd(process, path),
      trace: (what: () => string) => this.world.trace(this.name, what),
    };
    return [process, options, connectOnce(options, (resolved) => new SimulatedClient(around, resolved))];
  }
}

function uuid(random: Random): string {
  const digit = () => Math.floor(random() * 16).toString(16);
  const hex = Array.from({ length: 32 }, digit).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function told(value: { role: string; token?: bigint; why?: string; ahead?: number; outcome?: string }): string {
  return [value.role, value.token, value.why, value.ahead, value.outcome]
    .filter((part) => part !== undefined)
    .join(' ');
}
