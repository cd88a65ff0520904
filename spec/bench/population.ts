import { filter, firstValueFrom, timeout } from 'rxjs';
import type { Backend, Candidacy, Election } from '../../lib/election/election.js';
import type { Leadership } from '../../lib/election/leadership.js';
import { zookeeper } from '../../lib/zookeeper/index.js';

/** The same for ours and for the floor. Long, so that heartbeats are rare. */
export const SESSION_TIMEOUT_MS = 30_000;
/** The server's backlog is 50: more connects at once wait for a second SYN, a second later. */
export const JOINING_AT_ONCE = 32;
export const PATIENCE_MS = 60_000;
/** One heartbeat of the eager ones follows another by this much, so that all of them are no load. */
const HEARTBEAT_GAP_MS = 2.5;
const LEAST_HEARTBEAT_MS = 100;

/** Anything whose leaders hand over to the next in line. */
export interface Line extends AsyncDisposable {
  /** Waits until the next in line knows that nobody but the leader is ahead of it, if that is something it learns. */
  settled?(): Promise<unknown>;
  /** The leader goes; how long until the next one in line knew that it leads, in ms. The one that went stands again. */
  handOver(): Promise<number>;
}

export interface One {
  readonly candidacy: Candidacy;
  readonly election: Election;
  readonly id: string;
}

/** Our candidates in one election, in the order of the line. */
export class Population implements Line {
  readonly #backends: Backend[] = [];
  readonly #server: string;
  readonly #path: string;
  #line: One[] = [];
  #sorted = false;
  /** How long it took until each had its verdict. */
  joinedInMs = 0;

  /**
   * Puts `count` candidates in line, on so many sessions, and waits until each has its verdict. The first `eager` of
   * them have heartbeats that are not rare: they will lead, and must not be waited for too long until they have learnt
   * who is ahead.
   */
  static async join(server: string, path: string, count: number, sessions: number, eager = 0): Promise<Population> {
    const population = new Population(server, path);
    const hearts = Math.min(eager, sessions);
    const heartbeatMs = Math.max(LEAST_HEARTBEAT_MS, hearts * HEARTBEAT_GAP_MS);
    const elections: Election[] = [];
    const enter = async (i: number) => {
      if (i < sessions) elections.push(population.#connect(i < hearts ? heartbeatMs : undefined));
      const one = stand(elections[i % sessions]!, `c-${i}`);
      population.#line.push(one);
      await verdict(one);
    };
    const atOnce = sessions === 1 ? count : JOINING_AT_ONCE;
    const first = Math.max(1, Math.min(count, eager));
    const from = performance.now();
    await enter(0);
    await eachOf(first - 1, atOnce, (i) => enter(i + 1));
    await eachOf(count - first, atOnce, (i) => enter(i + first));
    population.joinedInMs = performance.now() - from;
    return population;
  }

  private constructor(server: string, path: string) {
    this.#server = server;
    this.#path = path;
  }

  get leader(): Candidacy {
    return this.#line[0]!.candidacy;
  }

  async settled(): Promise<Leadership> {
    if (!this.#sorted) await this.#sort();
    return firstValueFrom(
      this.#line[1]!.candidacy.leadership$.pipe(
        filter((value) => value.role === 'follower' && value.ahead === 1),
        timeout(PATIENCE_MS),
      ),
    );
  }

  async handOver(): Promise<number> {
    if (!this.#sorted) await this.#sort();
    const [leader, next] = this.#line as [One, One];
    const led = leading(next.candidacy);
    const from = performance.now();
    const gone = leader.candidacy.resign();
    const took = (await led) - from;
    await gone;
    const again = stand(leader.election, leader.id);
    this.#line = [...this.#line.slice(1), again];
    await verdict(again);
    return took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await eachOf(this.#backends.length, JOINING_AT_ONCE, async (i) => this.#backends[i]?.close());
  }

  #connect(heartbeatMs?: number): Election {
    const backend = zookeeper({ servers: this.#server, sessionTimeoutMs: SESSION_TIMEOUT_MS, heartbeatMs });
    this.#backends.push(backend);
    return backend.election(this.#path);
  }

  /** Those who joined at once stand in the order that the server chose. */
  async #sort(): Promise<void> {
    this.#sorted = true;
    const { participants$ } = this.#line[0]!.election;
    const whole$ = participants$.pipe(
      filter(({ length }) => length >= this.#line.length),
      timeout(PATIENCE_MS),
    );
    const places = new Map((await firstValueFrom(whole$)).map(({ id, position }) => [id, position]));
    this.#line.sort((a, b) => places.get(a.id)! - places.get(b.id)!);
  }
}

export function stand(election: Election, id: string): One {
  return { election, id, candidacy: election.campaign({ id }) };
}

/** When this candidate becomes leader. */
export function leading({ leadership$ }: Candidacy): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('nobody took over')), PATIENCE_MS);
    const subscription = leadership$.subscribe(({ role }) => {
      if (role !== 'leader') return;
      resolve(performance.now());
      clearTimeout(late);
      queueMicrotask(() => subscription.unsubscribe());
    });
  });
}

export const verdict = ({ candidacy }: One): Promise<Leadership> =>
  firstValueFrom(
    candidacy.leadership$.pipe(
      filter(({ role }) => role === 'leader' || role === 'follower'),
      timeout(PATIENCE_MS),
    ),
  );

/** Does it `count` times, so many at once. */
export async function eachOf(count: number, atOnce: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, work));
}
