import { randomUUID } from 'node:crypto';
import { expect, it, type TestContext } from 'vitest';
import type { Backend, Candidacy, Election, ElectionOptions } from '../../lib/election/election.js';
import type { Leadership } from '../../lib/election/leadership.js';
import { type Seen, seen, until } from '../support/until.js';
import type { Capabilities, Capability, World } from './world.js';

/** A participant on the stage. */
export interface Member {
  readonly id: string;
  readonly backend: Backend;
  readonly election: Election;
  readonly me: Candidacy;
  /** Everything its `leadership$` has said. */
  readonly told: Seen<Leadership>;
}

export interface JoinOptions {
  readonly backend?: Backend;
  readonly data?: unknown;
  readonly options?: ElectionOptions;
  /** The election's name below the stage's root. @default 'election' */
  readonly name?: string;
}

/**
 * One spec's world, and whoever acts in it. From the first to the last, all members are asked whether they lead: at each
 * value of any of them, and in between. Two at once fail the spec, whatever it is about.
 */
export class Stage {
  /** Below which no other stage has an election. */
  readonly root = `conformance/${randomUUID()}`;
  readonly members: Member[] = [];
  /** Each time more than one member led: who. */
  readonly overlaps: string[] = [];
  /** Every leadership anybody had, in the order in which they became known. */
  readonly tokens: bigint[] = [];
  readonly #backends: Backend[] = [];
  readonly #sampling = setInterval(() => this.sample(), 1);

  constructor(readonly world: World) {}

  get patienceMs(): number {
    return this.world.patienceMs;
  }

  async backend(): Promise<Backend> {
    const backend = await this.world.backend();
    this.#backends.push(backend);
    return backend;
  }

  election(backend: Backend, { options, name = 'election' }: JoinOptions = {}): Election {
    const { patienceMs } = this;
    const timings = { drainTimeoutMs: patienceMs / 10, resignTimeoutMs: patienceMs / 5, yieldMs: patienceMs / 100 };
    return backend.election(`${this.root}/${name}`, { ...timings, ...options });
  }

  /** Stands, on a backend of its own unless one is given, and goes on once it has a verdict: it has its place in line. */
  async join(id: string, options: JoinOptions = {}): Promise<Member> {
    const member = this.enter(id, options.backend ?? (await this.backend()), options);
    await member.told.next(({ role }) => role === 'leader' || role === 'follower', this.patienceMs);
    return member;
  }

  /** The same without waiting. */
  enter(id: string, backend: Backend, options: JoinOptions = {}): Member {
    const election = this.election(backend, options);
    const me = election.campaign({ id, data: options.data });
    const member = { id, backend, election, me, told: seen(me.leadership$) };
    this.members.push(member);
    me.leadership$.subscribe({ next: (value) => this.note(value), error: () => undefined });
    return member;
  }

  /** Waits until this one leads. */
  async leads({ id, me }: Member): Promise<void> {
    await until(() => me.isLeader(), { within: this.patienceMs, describe: () => `${id} to lead; ${this.roles()}` });
  }

  /** Waits until it says that role (and reason) of itself. */
  async says({ id, me }: Member, role: string): Promise<void> {
    const says = () => me.leadership.role === role || (me.leadership as { why?: string }).why === role;
    await until(says, { within: this.patienceMs, describe: () => `${id} to be ${role}; ${this.roles()}` });
  }

  /** Waits until the predicate holds. */
  eventually<V>(predicate: () => V | Promise<V>, describe?: string): Promise<NonNullable<V>> {
    return until(predicate, { within: this.patienceMs, ...(describe && { describe }) });
  }

  /** In each election, only one may lead at a time. */
  sample(): void {
    const leading = this.members.filter(({ me }) => me.isLeader());
    const elections = new Set(leading.map(({ election }) => election.name));
    if (leading.length > elections.size) this.overlaps.push(leading.map(({ id }) => id).join(' and '));
  }

  note(value: Leadership): void {
    this.sample();
    if (value.role === 'leader') this.tokens.push(value.token);
  }

  async end(): Promise<void> {
    await Promise.all(this.#backends.map((backend) => backend.close()));
    clearInterval(this.#sampling);
    for (const { told } of this.members) told[Symbol.dispose]();
    await this.world[Symbol.asyncDispose]();
  }

  roles(): string {
    return this.members.map(({ id, me }) => `${id}: ${words([me.leadership])}`).join(', ');
  }
}

/** The values in one word each: why it is a candidate, else its role. */
export function words(values: readonly Leadership[]): string[] {
  return values.map((value) => (value.role === 'candidate' ? value.why : value.role));
}

/** Registers a spec on a stage of its own; `needs` names the capabilities it is about. */
export type Act = (title: string, play: (stage: Stage) => Promise<void>, ...needs: Capability[]) => void;

/** For one backend: every spec is either played, or states which absence it was declared away with. */
export function acts(world: () => Promise<World>, capabilities: Capabilities): Act {
  return (title, play, ...needs) => {
    const missing = needs.flatMap((need) => {
      const capability = capabilities[need];
      return capability === 'present' ? [] : [{ need, reason: capability.absent }];
    });
    if (missing.length === 0) return it(title, async (context) => play(await setUp(world, context)));
    const [{ need, reason } = { need: '', reason: '' }] = missing;
    it(`${title} (declared absent: ${need}; ${reason})`, async (context) => {
      const stage = await setUp(world, context);
      expect(reason.length, `a reason why there is no ${need}`).toBeGreaterThan(10);
      expect(offers(stage.world, need), `${need} is declared absent`).toBe(false);
    });
  };
}

/** A stage, taken down when the spec is over, however it ends. */
async function setUp(world: () => Promise<World>, { onTestFinished }: TestContext): Promise<Stage> {
  const stage = new Stage(await world());
  onTestFinished(async () => {
    await stage.end();
    expect(stage.overlaps, 'two led at once').toEqual([]);
  });
  return stage;
}

function offers(world: World, need: string): boolean {
  return need in world && typeof (world as unknown as Record<string, unknown>)[need] === 'function';
}
