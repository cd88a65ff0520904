import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Backend, Candidacy } from '../../lib/election/election.js';
import { bully } from '../../lib/peers/bully/index.js';
import type { Quorum } from '../../lib/peers/quorum.js';
import { ring } from '../../lib/peers/ring/index.js';
import { voting } from '../../lib/peers/voting/index.js';
import { quick } from '../support/peers.js';
import { freePort } from '../support/ports.js';
import { startProxy, type Proxy as Wire } from '../support/proxy.js';
import { until } from '../support/until.js';

const IDS = ['a', 'b', 'c'] as const;
const algorithms = { bully, ring, voting };
const timings = { leaseMs: 1_500, heartbeatMs: 250, answerMs: 500 };

/** Nodes that have every address from `addressOf`, and a candidate on each. */
async function started(
  algorithm: keyof typeof algorithms,
  quorum: Quorum,
  addressOf: (from: string, to: string) => Promise<string>,
  end: TestContext['onTestFinished'],
) {
  const folder = mkdtempSync(join(tmpdir(), 'succession-partition-'));
  end(() => rmSync(folder, { recursive: true }));
  const candidates: { readonly id: string; readonly backend: Backend; readonly me: Candidacy }[] = [];
  for (const self of IDS) {
    const peers = await Promise.all(IDS.map(async (id) => `${id}@${await addressOf(self, id)}`));
    const saving = { dir: join(folder, self), firstStart: true };
    const backend = algorithms[algorithm]({ ...quick, ...timings, ...saving, self, peers, quorum });
    candidates.push({ id: self, backend, me: backend.election('jobs').campaign({ id: self }) });
  }
  end(async () => void (await Promise.all(candidates.map(({ backend }) => backend.close()))));
  return candidates;
}

/** Three nodes with one leader, of which a reaches b and c, and they it, through proxies alone. */
async function group(algorithm: keyof typeof algorithms, quorum: Quorum, end: TestContext['onTestFinished']) {
  const real = new Map<string, string>();
  for (const id of IDS) real.set(id, `127.0.0.1:${await freePort()}`);
  const wires: Wire[] = [];
  end(async () => void (await Promise.all(wires.map((wire) => wire.down()))));
  const addressOf = async (from: string, to: string) => {
    const address = real.get(to) as string;
    if (from === to || (from !== 'a' && to !== 'a')) return address;
    wires.push(await startProxy(address, { framed: false }));
    return (wires.at(-1) as Wire).connect;
  };
  const candidates = await started(algorithm, quorum, addressOf, end);
  const leaders = () => candidates.filter(({ me }) => me.isLeader()).map(({ id }) => id);
  const says = () => candidates.map(({ id, me }) => `${id}: ${JSON.stringify(me.leadership)}`).join(', ');
  const eventually = (fits: (ids: readonly string[]) => boolean) =>
    until(() => fits(leaders()), { within: 30_000, describe: says });
  await eventually((ids) => ids.length === 1);
  const [{ backend, me }] = candidates as [(typeof candidates)[number]];
  return {
    ...{ guarantee: backend.guarantee, leaders, eventually },
    isCutOff: () => me.leadership.role === 'candidate' && me.leadership.why === 'suspended',
    part: () => Promise.all(wires.map((wire) => wire.down())),
    heal: () => Promise.all(wires.map((wire) => wire.up())),
  };
}

describe.concurrent.each(['bully', 'ring', 'voting'] as const)('a partition over TCP, by %s,', (algorithm) => {
  it('with quorum none makes one leader on each side until it heals, and says so: best-effort', {
    timeout: 90_000,
  }, async ({ onTestFinished }) => {
    const { guarantee, eventually, part, heal } = await group(algorithm, 'none', onTestFinished);
    expect(guarantee).toBe('best-effort');
    await part();
    await eventually((ids) => ids.includes('a') && ids.length === 2);
    await heal();
    await eventually((ids) => ids.length === 1);
  });

  it('with a number makes a leader on the side that has so many, and none on the other', {
    timeout: 90_000,
  }, async ({ onTestFinished }) => {
    const { guarantee, eventually, part, isCutOff } = await group(algorithm, 2, onTestFinished);
    expect(guarantee).toBe('best-effort');
    await part();
    await eventually((ids) => isCutOff() && ids.length === 1 && !ids.includes('a'));
  });

  it('with a majority leaves the lesser side without one, and at no time are there two', {
    timeout: 90_000,
  }, async ({ onTestFinished }) => {
    const { guarantee, eventually, leaders, part, heal, isCutOff } = await group(algorithm, 'majority', onTestFinished);
    expect(guarantee).toBe('lease');
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, leaders().length);
    }, 1);
    onTestFinished(() => clearInterval(watching));
    await part();
    await eventually((ids) => isCutOff() && ids.length === 1 && !ids.includes('a'));
    await heal();
    await eventually((ids) => !isCutOff() && ids.length === 1);
    expect(most).toBe(1);
  });
});
