import fc from 'fast-check';
import { expect, it } from 'vitest';
import { controllerRecord, newPartition, type Partition, plan } from '../../docker/examples/controller/cluster.js';

const brokers = fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
const partition = fc.record({ replicas: brokers, leader: fc.integer({ min: -1, max: 5 }), leaderEpoch: fc.nat(9) });

it('gives every partition with a living replica a living leader, and leaves those that have one alone', () => {
  fc.assert(
    fc.property(fc.array(partition), brokers, (given, ids) => {
      const alive = new Set(ids);
      const partitions = given.map(
        ({ replicas, leader, leaderEpoch }, n): Partition => ({
          name: `p-${n}`,
          replicas,
          state: { ...newPartition(replicas), leader, leader_epoch: leaderEpoch },
        }),
      );
      const changes = new Map(plan(partitions, alive, 7).map(({ name, state }) => [name, state]));
      for (const { name, replicas, state } of partitions) {
        const after = changes.get(name);
        if (alive.has(state.leader)) expect(after).toBeUndefined();
        else expect((after ?? state).leader).toBe(replicas.find((id) => alive.has(id)) ?? -1);
        if (after) expect(after).toMatchObject({ controller_epoch: 7, leader_epoch: state.leader_epoch + 1 });
      }
    }),
  );
});

it('writes the record as Kafka does', () => {
  expect(controllerRecord(2, 1_700_000_000_000)).toBe('{"version":1,"brokerid":2,"timestamp":"1700000000000"}');
});
