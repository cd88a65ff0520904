/** The controller from its claim to its end: what it writes is written under its epoch, or not at all. */
import type { ZooKeeperBackend, ZooKeeperTerm } from 'succession/zookeeper';
import { say } from '../support/example.js';
import { childrenOf, ensure, read } from '../support/znodes.js';
import { type Change, controllerRecord, led, newPartition, type Partition, type PartitionState } from './cluster.js';

export interface Reign {
  readonly epoch: number;
  /** Of the write that raised the epoch. */
  readonly zxid: bigint;
  partitions(): Promise<readonly Partition[]>;
  /** All or nothing. Rejects with FencedError if another controller may be, and whatever else stops a transaction. */
  change(changes: readonly Change[]): Promise<void>;
  /** Another leader for a partition, wished for by an operator. Rejects as `change` does. */
  elect(name: string, leader: number): Promise<void>;
}

/** The first replica is the preferred leader. */
const TOPIC = 'orders';
const REPLICAS: readonly (readonly number[])[] = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
];

/** Raises the epoch and writes the record, in one fenced transaction; makes the topic first if there is none. */
export async function takeOver(
  backend: ZooKeeperBackend,
  root: string,
  brokerid: number,
  term: ZooKeeperTerm,
): Promise<Reign> {
  await ensure(backend, `${root}/controller`);
  await ensure(backend, `${root}/controller_epoch`, '0');
  await Promise.all(REPLICAS.map((replicas, n) => ensure(backend, stateOf(n), JSON.stringify(newPartition(replicas)))));
  const found = (await read(backend, `${root}/controller_epoch`))!;
  const epoch = Number(found.text) + 1;
  const [raised] = await term
    .transaction()
    .set(`${root}/controller_epoch`, `${epoch}`, found.version)
    .set(`${root}/controller`, controllerRecord(brokerid, Date.now()))
    .commit();
  return { epoch, zxid: raised!.mzxid!, partitions, change, elect };

  function stateOf(partition: number | string): string {
    return `${root}/brokers/topics/${TOPIC}/partitions/${partition}/state`;
  }

  async function partitions(): Promise<readonly Partition[]> {
    const names = (await childrenOf(backend, `${root}/brokers/topics/${TOPIC}/partitions`)).toSorted();
    const states = await Promise.all(names.map((name) => read(backend, stateOf(name))));
    return names.map((name, n) => ({
      name: `${TOPIC}-${name}`,
      replicas: REPLICAS[Number(name)] ?? [],
      state: JSON.parse(states[n]!.text) as PartitionState,
    }));
  }

  /** The check of the epoch is for those who know Kafka; the transaction's own fence includes it, and more. */
  async function change(changes: readonly Change[]): Promise<void> {
    const fenced = term.transaction().check(`${root}/controller_epoch`, found.version + 1);
    const all = changes.reduce(
      (so, { name, state }) => so.set(stateOf(name.slice(TOPIC.length + 1)), JSON.stringify(state)),
      fenced,
    );
    const results = await all.commit();
    const zxid = results.at(-1)?.mzxid;
    for (const { name, state } of changes) say('changed', { id: brokerid, name, zxid, ...state });
  }

  async function elect(name: string, leader: number): Promise<void> {
    const state = (await partitions()).find((one) => one.name === name)?.state;
    if (state) await change([{ name, state: led(state, leader, epoch) }]);
  }
}
