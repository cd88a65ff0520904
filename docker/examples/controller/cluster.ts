/** What the controller of a cluster decides, in Kafka's own words. @pure */

/** The data of a partition's state znode. */
export interface PartitionState {
  readonly controller_epoch: number;
  /** -1: nobody. */
  readonly leader: number;
  readonly version: 1;
  readonly leader_epoch: number;
  readonly isr: readonly number[];
}

export interface Partition {
  readonly name: string;
  readonly replicas: readonly number[];
  readonly state: PartitionState;
}

export interface Change {
  readonly name: string;
  readonly state: PartitionState;
}

export const newPartition = (replicas: readonly number[]): PartitionState => ({
  controller_epoch: 0,
  leader: -1,
  version: 1,
  leader_epoch: -1,
  isr: replicas,
});

/** Partitions whose leader is not alive get one that is: the first in sync, in the order of the replicas. */
export function plan(partitions: readonly Partition[], alive: ReadonlySet<number>, epoch: number): readonly Change[] {
  return partitions.flatMap(({ name, replicas, state }) => {
    if (alive.has(state.leader)) return [];
    const leader = replicas.find((id) => alive.has(id) && state.isr.includes(id)) ?? -1;
    return leader === state.leader ? [] : [{ name, state: led(state, leader, epoch) }];
  });
}

/** The state under another leader: its epoch rises by one, so that the brokers know which of two is the later. */
export const led = (state: PartitionState, leader: number, epoch: number): PartitionState => ({
  ...state,
  controller_epoch: epoch,
  leader,
  leader_epoch: state.leader_epoch + 1,
});

/** The data of `/controller`, as Kafka writes it. */
export const controllerRecord = (brokerid: number, nowMs: number): string =>
  JSON.stringify({ version: 1, brokerid, timestamp: `${nowMs}` });
