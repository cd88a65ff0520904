/** A server, the owners in turn, each on a wire of its own, and what the stores know in the end. */
import { BareClient } from '../../support/bare-client.js';
import { startProxy } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/zookeeper.js';
import { createRegisters, readRegisters } from '../registers.js';
import { readCommitted } from '../txnlog.js';
import { stale } from '../writes.js';
import { Holder } from './holder.js';
import { judge } from './judge.js';
import { REGISTER, ROLE, ROOT, type Setup } from './setup.js';

const IDS = ['a', 'b', 'c'];
/** A session, two leases (the balancer's, the owner's), and as much for a slow machine as it takes. */
const PATIENCE_MS = 60_000;

const record = `${ROOT}/roles/${ROLE}`;
const register = `${ROOT}${REGISTER}`;

export class Stage implements AsyncDisposable {
  readonly #server: ZooKeeperServer;
  readonly #operator: BareClient;
  readonly #owners: readonly Holder[];
  readonly #dir: string;

  static async open(setup: Omit<Setup, 'id' | 'servers'>): Promise<Stage> {
    createRegisters(setup.dir);
    const server = await startZooKeeper({ tickMs: 50 });
    const operator = await BareClient.connect(server.connect, 600_000);
    for (const path of [ROOT, register]) await operator.create(path, '');
    const owners = await Promise.all(
      IDS.map(async (id) => new Holder(await startProxy(server.connect), { ...setup, id })),
    );
    return new Stage(server, operator, owners, setup.dir);
  }

  private constructor(server: ZooKeeperServer, operator: BareClient, owners: readonly Holder[], dir: string) {
    [this.#server, this.#operator, this.#owners, this.#dir] = [server, operator, owners, dir];
  }

  /** Whoever has said last that it serves, by a later token than this one. */
  serving(after = 0n): Promise<Holder> {
    const latest = () => this.#owners.reduce((one, other) => (other.token > one.token ? other : one));
    return until(() => latest().token > after && latest(), {
      within: PATIENCE_MS,
      describe: () => `an owner after ${after} among ${this.#owners.map(({ setup, token }) => [setup.id, token])}`,
    });
  }

  /** Takes the owner's place away; its session lives on. */
  async evict(owner: Holder): Promise<void> {
    const { body } = await this.#operator.getData(record);
    const { owner: id, member } = JSON.parse(body.subarray(4, 4 + body.readInt32BE(0)).toString());
    if (id !== owner.setup.id) return;
    await this.#operator.delete(`${ROOT}/members/${member}`);
  }

  async finish() {
    await Promise.all(this.#owners.map((owner) => owner.leave()));
    const { fenced, bare } = readRegisters(this.#dir);
    const attempts = this.#owners.flatMap((owner) => owner.attempts());
    const log = readCommitted([this.#server.dataDir]);
    const outcomes: Record<string, number> = {};
    for (const { store, outcome } of attempts) {
      const what = `${store} ${outcome}`;
      outcomes[what] = (outcomes[what] ?? 0) + 1;
    }
    const judged = judge({ log, paths: { record, register }, journal: fenced, attempts });
    return { ...judged, outcomes, stale: stale(bare) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#owners.map((owner) => owner[Symbol.asyncDispose]()));
    await this.#operator.close();
    await this.#server[Symbol.asyncDispose]();
  }
}
