/** An ensemble of three, workers with wires of their own, and an observer: what the nemesis acts upon. */
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { BareClient } from '../support/bare-client.js';
import { until } from '../support/until.js';
import { type Ensemble, startEnsemble, type ZooKeeperServer } from '../support/zookeeper.js';
import { type Evidence, type Fault, millis, type Occurrence, readWitnesses } from './history.js';
import { type Habits, Member } from './member.js';
import { createRegisters, REGISTER, readRegisters } from './registers.js';
import { readCommitted } from './txnlog.js';

export interface WorldOptions extends Pick<Habits, 'dir' | 'drainMs' | 'mutant'> {
  readonly workers: number;
  readonly sessionTimeoutMs: number;
  readonly leaseMs: number;
  readonly standing: boolean;
  /** More options of the candidates. */
  readonly candidate?: object;
}

const ELECTION = 'chaos';

export class World implements AsyncDisposable {
  readonly ensemble: Ensemble;
  readonly members: readonly Member[];
  readonly options: WorldOptions;
  readonly faults: Fault[] = [];
  readonly #ends: Occurrence[] = [];
  readonly #operator: ZooKeeperBackend;

  static async create(options: WorldOptions): Promise<World> {
    const ensemble = await startEnsemble();
    const servers = ensemble.servers.map((server) => server.connect);
    await createRegister(servers[0]!);
    createRegisters(options.dir);
    const habits: Habits = {
      dir: options.dir,
      election: ELECTION,
      options: { sessionTimeoutMs: options.sessionTimeoutMs, leaseMs: options.leaseMs, ...options.candidate },
      stands: options.standing,
      drainMs: options.drainMs,
      mutant: options.mutant,
    };
    const tokens = new Set<string>();
    const deaths: string[] = [];
    const told = (_: Member, { role, token, died }: Member['news']) => {
      if (role === 'leader') tokens.add(token ?? '');
      if (died) deaths.push(died);
    };
    const ids = Array.from({ length: options.workers }, (_, index) => `w${index + 1}`);
    const members = await Promise.all(ids.map((id) => Member.create(id, servers, habits, told)));
    return new World(ensemble, members, options, tokens, deaths);
  }

  private constructor(
    ensemble: Ensemble,
    members: readonly Member[],
    options: WorldOptions,
    readonly tokens: ReadonlySet<string>,
    readonly deaths: readonly string[],
  ) {
    [this.ensemble, this.members, this.options] = [ensemble, members, options];
    this.#operator = zookeeper({ servers: ensemble.connect, sessionTimeoutMs: 5_000 });
  }

  get election() {
    return this.#operator.election(ELECTION);
  }

  get leaseMs(): number {
    return this.options.leaseMs;
  }

  /** Who says to lead. A paused or silenced process may be out of date: the one heard last is taken. */
  get leader(): Member | undefined {
    return this.members
      .filter(({ alive, news }) => alive && news.role === 'leader')
      .sort((a, b) => (BigInt(b.news.token ?? 0) > BigInt(a.news.token ?? 0) ? 1 : -1))[0];
  }

  /** Waits for a leader, other than by one of these tokens. */
  leading(but: readonly (string | undefined)[] = [], within = 30_000): Promise<Member> {
    const other = () => (but.includes(this.leader?.news.token) ? undefined : this.leader);
    return until(other, {
      within,
      describe: () => `a leader among ${JSON.stringify(this.members.map(({ who, news }) => [who, news]))}`,
    });
  }

  /** Starts whoever is gone. */
  fill(): void {
    for (const member of this.members.filter(({ alive }) => !alive)) member.spawn();
  }

  async kill(member: Member): Promise<void> {
    await member.kill();
    this.#ends.push({ kind: 'killed', who: member.who, at: millis() });
  }

  /** Does something to the world and writes down from when to when. */
  async during(name: string, target: string, act: () => Promise<unknown>): Promise<void> {
    const from = millis();
    const note = await act().then(
      () => undefined,
      (error: unknown) => String(error),
    );
    this.faults.push({ name, target, from, until: millis(), ...(note && { note }) });
  }

  /** Waits until a leader of ZooKeeper's and somebody who follows it serve. */
  async quorum(): Promise<void> {
    const counts = async () => (await this.ensemble.followers()).length > 0;
    await until(counts, { within: 20_000, describe: 'a quorum that serves' });
  }

  nameOf(server: ZooKeeperServer): string {
    return `server ${this.ensemble.servers.indexOf(server) + 1}`;
  }

  /** All places and the election's znode go in one burst, before anybody can stand again; else once more. */
  async deleteElection(): Promise<void> {
    const server = this.ensemble.servers[0]!;
    using client = await BareClient.connect(server.connect);
    const gone = async () => {
      const places = (await server.ephemerals()).filter((path) => path.startsWith(`/${ELECTION}/`));
      const replies = await Promise.all([...places, `/${ELECTION}`].map((path) => client.delete(path)));
      return replies.at(-1)?.error === 0;
    };
    await until(gone, { within: 10_000, describe: 'the election to be empty for an instant' });
    await client.close();
  }

  /** Mends everything, lets everybody leave, and gathers what all witnesses know. */
  async finish(): Promise<Evidence> {
    const end = millis();
    for (const member of this.members) member.heal();
    for (const member of this.members) member.signal('SIGCONT');
    const gone = await Promise.all(this.members.map((member) => !member.alive || member.leave(15_000)));
    const stayed = this.members.filter((_, index) => !gone[index]).map(({ who }) => who);
    for (const who of stayed) this.#ends.push({ kind: 'killed', who, at: millis() });
    await this.#operator.close();
    const left = [
      ...this.deaths,
      ...stayed.map((who) => `${who} did not leave within its time`),
      ...(await this.#left()),
    ];
    const { spans, occurrences } = readWitnesses(this.options.dir);
    const { fenced, bare } = readRegisters(this.options.dir);
    return {
      ...{ spans, faults: this.faults, end, left, journal: fenced, bare },
      occurrences: [...occurrences, ...this.#ends].sort((a, b) => a.at - b.at),
      log: readCommitted(this.ensemble.servers.map(({ dataDir }) => dataDir)),
      paths: { election: `/${ELECTION}`, register: REGISTER },
    };
  }

  /** Ephemeral znodes and watches on the servers, when every session should have ended. */
  async #left(): Promise<string[]> {
    await this.ensemble.settled();
    const { servers } = this.ensemble;
    const look = async () => [
      ...(await servers[0]!.ephemerals()).map((path) => `the znode ${path}`),
      ...(await Promise.all(servers.map((server) => server.watchers()))).flatMap((watchers) =>
        [...watchers].map(([path, by]) => `a watch on ${path} by ${by}`),
      ),
    ];
    const none = async () => (await look()).length === 0;
    return until(none, { within: 2 * this.options.sessionTimeoutMs }).then(() => [], look);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member.dispose()));
    await this.#operator.close();
    await this.ensemble[Symbol.asyncDispose]();
  }
}

async function createRegister(server: string): Promise<void> {
  using client = await BareClient.connect(server);
  await client.create(REGISTER, '0');
  await client.close();
}
