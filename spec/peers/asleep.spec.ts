import { of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { silent } from '../../lib/options.js';
import { peerBackend } from '../../lib/peers/backend.js';
import { bullyProtocol } from '../../lib/peers/bully/index.js';
import type { NodeId } from '../../lib/peers/machine.js';
import type { Network, Received } from '../../lib/peers/network.js';
import { raftProtocol } from '../../lib/peers/raft/index.js';
import { memoryStore } from '../../lib/peers/store.js';
import { seeded } from '../../lib/sim/random.js';
import { Timeline, VirtualProcess } from '../../lib/sim/virtual-time.js';
import type { ProtocolOf } from '../support/peers.js';

const GROUP = ['a', 'b', 'c'];
const LATENCY_MS = 1;

/** Three virtual machines, each with one node. `sent` is told of every message of the protocol. */
function machines(protocol: ProtocolOf, sent: (from: NodeId, type: string) => void) {
  const timeline = new Timeline();
  const random = seeded(1);
  const nodes = new Map(
    GROUP.map((id) => [
      id,
      { process: new VirtualProcess(timeline, { base: 0, rate: 1 }), inbox$: new Subject<Received>() },
    ]),
  );
  const networkOf = (self: NodeId): Network => {
    const others = GROUP.filter((id) => id !== self);
    const send = (to: NodeId, message: unknown) => {
      const text = JSON.stringify(message);
      const { process, inbox$ } = nodes.get(to)!;
      const arrive = () => process.arrive(() => inbox$.next({ from: self, message: JSON.parse(text) }));
      timeline.at(timeline.now + LATENCY_MS, arrive);
      sent(self, (message as { body?: { type: string } }).body?.type ?? '');
    };
    const { inbox$ } = nodes.get(self)!;
    const reach = { peers$: of(others), reachable$: of(new Set(others)), received$: inbox$ };
    return { self, ...reach, send, close: async () => undefined };
  };
  const backendOf = (self: NodeId) => {
    const waits = { graceMs: 300, tellMs: 500, maxElections: 10, weight: 0 };
    const tools = { clock: nodes.get(self)!.process, logger: silent, random };
    const network = () => networkOf(self);
    return peerBackend(protocol(self, GROUP), { ...waits, ...tools, network, store: memoryStore });
  };
  const stand = (self: NodeId) => backendOf(self).election('jobs').campaign({ id: self });
  const pass = (ms: number) => {
    const end = timeline.now + ms;
    while (timeline.goOn(end));
  };
  const goOnUntil = (holds: () => boolean) => {
    while (!holds() && timeline.goOn(60_000));
    expect(holds()).toBe(true);
  };
  return { stand, pass, goOnUntil, processOf: (id: NodeId) => nodes.get(id)!.process };
}

const timings = { leaseMs: 1_000, heartbeatMs: 200, answerMs: 100 };
/** And by which message each asks for a lease. */
const protocols: Record<string, [ProtocolOf, string]> = {
  raft: [(self, voters) => raftProtocol({ self, voters, electionTimeoutMs: 1_000 }) as never, 'vote'],
  bully: [(self, members) => bullyProtocol({ ...timings, self, members }) as never, 'claim'],
};

describe.each(Object.entries(protocols))('a virtual machine that is suspended, by %s,', (_, [protocol, request]) => {
  it('while it is being elected does not lead when it wakes up, since somebody else does; later it can', () => {
    let first: NodeId | undefined;
    const { stand, pass, goOnUntil, processOf } = machines(protocol, (from, type) => {
      if (type === request) first ??= from;
    });
    const candidates = GROUP.map(stand);
    goOnUntil(() => first !== undefined);
    const sleeper = candidates.find(({ id }) => id === first)!;
    const others = candidates.filter((one) => one !== sleeper);
    processOf(sleeper.id).pause(true);
    goOnUntil(() => others.some((one) => one.isLeader()));
    const together: string[] = [];
    const watching = sleeper.leadership$.subscribe(({ role }) => {
      if (role === 'leader') together.push(...others.filter((one) => one.isLeader()).map(({ id }) => id));
    });
    processOf(sleeper.id).resume();
    pass(5_000);
    expect(together).toEqual([]);
    for (const one of others) void one.resign();
    goOnUntil(() => sleeper.isLeader());
    watching.unsubscribe();
  });
});
