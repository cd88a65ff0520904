import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Candidacy } from '../../lib/election/election.js';
import { type ZooKeeperBackend, type ZooKeeperOptions, zookeeper } from '../../lib/zookeeper/index.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { type Seen, seen, until } from '../support/until.js';

const SESSION_MS = 800;

let zk: EmbeddedZooKeeper;
let backends: ZooKeeperBackend[];
beforeEach(async () => {
  zk = await EmbeddedZooKeeper.start({ tickMs: 50 });
  backends = [];
});
afterEach(async () => {
  zk.faults.lift();
  await Promise.all(backends.map((backend) => backend.close()));
  await zk[Symbol.asyncDispose]();
});

interface Standing extends AsyncDisposable {
  readonly candidacy: Candidacy;
  readonly heard: Seen<{ readonly role: string }>;
}

function stand(id: string, options: Partial<ZooKeeperOptions> = {}): Standing {
  const backend = zookeeper({
    servers: zk.connectString,
    sessionTimeoutMs: SESSION_MS,
    retryMaxMs: 100,
    ...options,
  });
  backends.push(backend);
  const candidacy = backend.election('jobs').campaign({ id });
  const heard = seen(candidacy.leadership$);
  return { candidacy, heard, [Symbol.asyncDispose]: () => backend.close() };
}

const leading = ({ candidacy }: Standing) => until(() => candidacy.isLeader());
const following = ({ heard }: Standing) => heard.next(({ role }) => role === 'follower');

/** The session of a candidate. */
const ownerOf = (id: string): bigint => {
  const line = zk
    .dump()
    .split('\n')
    .find((one) => one.includes(`"id":"${id}"`) && one.includes('ephemeral of'));
  return BigInt.asIntN(64, BigInt(/ephemeral of (0x\w+)/.exec(line ?? '')?.[1] ?? 0));
};

describe('an election on the embedded server', () => {
  it('has a leader, and hands over when it resigns', async () => {
    const a = stand('a');
    await leading(a);
    const b = stand('b');
    await following(b);
    expect(await a.candidacy.resign()).toBe('released');
    await leading(b);
  });

  it('outlives the expiry of its leader, who stands again behind', async () => {
    const a = stand('a');
    await leading(a);
    const b = stand('b');
    await following(b);
    zk.faults.expire(ownerOf('a'));
    await leading(b);
    expect(a.candidacy.isLeader()).toBe(false);
    await following(a);
  });

  it('leaves no orphan behind a create whose reply was lost', async () => {
    zk.faults.cutReply('create', 0, 2);
    const a = stand('a');
    await leading(a);
    expect(zk.faults.unfired).toEqual([]);
    expect(zk.dump().match(/ephemeral of/g)).toHaveLength(1);
  });

  it('claims though the reply to a claim was lost', async () => {
    const fault = zk.faults.cutReply('multi', 5);
    const a = stand('a');
    await leading(a);
    expect(fault.fired).toBe(1);
  });

  it('starts over on a server that has lost its data', async () => {
    const a = stand('a');
    await leading(a);
    await zk.restart({ data: 'lost' });
    await a.heard.next(({ role }) => role !== 'leader');
    await a.heard.next(({ role }) => role === 'leader', 15_000);
  });

  it('keeps its leader over a restart with the data', async () => {
    const a = stand('a', { sessionTimeoutMs: 4_000 });
    await leading(a);
    const b = stand('b', { sessionTimeoutMs: 4_000 });
    await following(b);
    await zk.restart();
    await leading(a);
    expect(b.candidacy.isLeader()).toBe(false);
  });

  it('never has two leaders while the first is behind a lagging server that answers its reads', async () => {
    const a = stand('a');
    await leading(a);
    const b = stand('b');
    await following(b);
    let both = 0;
    const sampler = setInterval(() => {
      if (a.candidacy.isLeader() && b.candidacy.isLeader()) both++;
    }, 1);
    const lag = zk.faults.lagReads(ownerOf('a'));
    await leading(b);
    clearInterval(sampler);
    expect([both, a.candidacy.isLeader(), lag.fired > 0]).toEqual([0, false, true]);
  });

  it('goes on numbering where the sequence sticks', async () => {
    const a = stand('a');
    await leading(a);
    zk.faults.jumpSequence('/jobs', 2 ** 31 - 2);
    const b = stand('b');
    await following(b);
    const c = stand('c');
    await following(c);
    await a.candidacy.resign();
    await leading(b);
    await b.candidacy.resign();
    await leading(c);
  });

  it('moves with its candidates when one server of an ensemble is cut off', async () => {
    await zk[Symbol.asyncDispose]();
    zk = await EmbeddedZooKeeper.ensemble(3, { tickMs: 50 });
    const a = stand('a', { servers: zk.members[0]?.connectString as string });
    await leading(a);
    const b = stand('b', { servers: zk.members[1]?.connectString as string });
    await following(b);
    zk.members[0]?.cutOff();
    await leading(b);
    expect(a.candidacy.isLeader()).toBe(false);
    zk.members[0]?.heal();
    await following(a);
  });
});
