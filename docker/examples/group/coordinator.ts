/**
 * The coordinator of a consumer group, as Kafka has one: generations, join, sync, heartbeat, commit, leave, over TCP.
 *
 *     npx succession server --port 2181
 *     node .tmp/programs/docker/examples/group/coordinator.js a          # and b: it takes over when a is killed
 *     node .tmp/programs/docker/examples/group/worker.js                 # as many as you like, in other terminals
 *
 * Coordinators elect one among themselves, and publish their addresses in the election, where workers find the leader's.
 * group.ts says what a request does, desk.ts writes it down before it is answered, worker.ts is the other side.
 * PARTITIONS (6), ASSIGNER (range, round-robin, sticky), GROUP_TIMEOUT_MS (6000) are the same for all coordinators.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { openZooKeeper, say } from '../support/example.js';
import { assigners, sticky } from './assigners.js';
import { type Desk, openDesk } from './desk.js';
import type { Rules } from './group.js';
import { type Address, serve } from './wire.js';

const [id = `${process.pid}`, root = '/group'] = process.argv.slice(2);
const rules: Rules = {
  partitions: Number(process.env.PARTITIONS ?? 6),
  sessionTimeoutMs: Number(process.env.GROUP_TIMEOUT_MS ?? 6_000),
  assign: assigners[process.env.ASSIGNER ?? 'sticky'] ?? sticky,
};
const TICKS_PER_TIMEOUT = 20;

/** While we lead. */
let desk: Desk | undefined;

const server = createServer((socket) =>
  serve(socket, async (request) => desk?.ask(request) ?? { error: 'not-coordinator' }),
);
await once(server.listen(0, '127.0.0.1'), 'listening');
const address: Address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };

const backend = openZooKeeper();
const election = backend.election<Address>(`${root}/coordinators`, { yieldMs: 200 });
election.campaign({ id, data: address }).lead(async (term) => {
  const mine = await openDesk(backend, `${root}/state`, term, rules);
  desk = mine;
  say('coordinates', { id, token: term.token, ...address });
  try {
    while (!term.signal.aborted) {
      await mine.tick();
      await pause(rules.sessionTimeoutMs / TICKS_PER_TIMEOUT, undefined, term).catch(() => undefined);
    }
  } finally {
    desk = undefined;
    mine.close();
  }
});
