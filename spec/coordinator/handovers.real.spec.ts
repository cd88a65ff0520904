/**
 * I1 to I4 by the servers' own logs, through hand-overs of every kind:
 *
 * SUCCESSION_HANDOVERS=1000 SUCCESSION_SEED=7 npx vitest run --project real spec/coordinator/handovers.real.spec.ts
 */
import { firstValueFrom, lastValueFrom, timer } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEpochGate, type Epoch } from '../../lib/coordinator/epoch.js';
import { fencedWrite } from '../../lib/coordinator/fenced.js';
import { decodeRoleRecord } from '../../lib/coordinator/record.js';
import { oneOf, seeded } from '../../lib/sim/random.js';
import { readCommitted } from '../chaos/txnlog.js';
import { until } from '../support/until.js';
import { House, type Node, removeRecord } from './house.js';
import { judge } from './role-history.js';
import { RealWorld } from './world.js';

const HANDOVERS = Number(process.env.SUCCESSION_HANDOVERS ?? 40);
const SEED = Number(process.env.SUCCESSION_SEED ?? 1);
const KINDS = ['transfer', 'expire', 'evict', 'forget', 'take back'] as const;
type Kind = (typeof KINDS)[number];

/** What is left of a term in the hands of one that goes on writing. */
interface Zombie {
  readonly path: string;
  readonly version: number;
  readonly mark: string;
  readonly epoch: Epoch;
}

let world: RealWorld;
let house: House;
beforeEach(async () => {
  world = await RealWorld.start();
  house = new House();
});
afterEach(() => world[Symbol.asyncDispose]());

const LEASE_MS = 400;
const brief = { sessionTimeoutMs: 6_000, leaseMs: LEASE_MS, silenceMs: 2_000 };
/** Has the role for longer than a lease after it was given up: whoever cannot wait claims too early. */
const slow = { unload: () => timer(1.5 * LEASE_MS) };

const sessionOf = (node: Node) => node.member()!.session;
const bytes = (text: string) => new TextEncoder().encode(text);

it(
  `I1, I2, I3, I4: ${HANDOVERS} hand-overs: terms and tokens rise, never two owners, and no write of a term after the next claim`,
  async () => {
    const paths = { record: house.address.path, members: house.address.members, state: `${house.root}/state` };
    const nodes = await Promise.all(
      ['a', 'b', 'c'].map((id, at) =>
        house.node(id, world.each[at]!, id === 'c' ? slow : {}, { unloadTimeoutMs: 5_000 }, brief),
      ),
    );
    // One that is no owner, whose session outlives all terms: it writes in the name of those that are over.
    const stage = await house.node('stage', world.connect);
    const by = () => sessionOf(stage);
    const removed = (path: string) => lastValueFrom(by().remove(path), { defaultValue: undefined });
    await firstValueFrom(by().create(paths.state, bytes('')));
    const draw = seeded(SEED);
    const gate = createEpochGate();
    const epochs: Epoch[] = [];
    const outcomes: Record<string, number> = {};
    const kinds = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
    const zombies: Zombie[] = [];
    let over = false;
    const write = async (zombie: Zombie) => {
      const session = stage.member()?.session;
      if (!session) return;
      const ops = [{ op: 'set', path: paths.state, data: bytes(`${zombie.epoch.token}`) }] as const;
      const { status } = await firstValueFrom(fencedWrite({ session, path: zombie.path }, paths.record, zombie, ops));
      outcomes[status] = (outcomes[status] ?? 0) + 1;
    };
    const haunting = (async () => {
      while (!over) {
        await Promise.all(zombies.slice(-3).map(write));
        await new Promise(setImmediate);
      }
    })();
    const begun = async (node: Node) => {
      node.want(true);
      const epoch = await until(
        () => {
          const last = node.states.last;
          return last?.phase === 'serving' && last.epoch!.token !== epochs.at(-1)?.token && last.epoch;
        },
        { within: 20_000, describe: () => `${node.id} to serve: ${node.states.last?.phase}` },
      );
      const { session } = (await until(() => node.member()))!;
      const { version, mzxid, data } = await firstValueFrom(session.get(paths.record));
      const mark = `${paths.record}/${decodeRoleRecord(data)?.claim}`;
      expect(gate.admit(epoch)).toBe('newer');
      expect(epochs.map((old) => gate.admit(old)).filter((verdict) => verdict !== 'stale')).toEqual([]);
      epochs.push(epoch);
      // Its lease may have lapsed by now, and its claim be over.
      const member = node.member();
      if (mzxid === epoch.token && member) zombies.push({ path: member.path, version, mark, epoch });
    };
    const end: Record<Kind, (owner: Node) => Promise<unknown>> = {
      transfer: async (owner) => owner.want(false),
      expire: (owner) => world.expire(sessionOf(owner).id),
      evict: (owner) => removed(owner.member()!.path),
      // Versions start over with the record; those of before go on writing.
      forget: () => removeRecord(by(), paths.record),
      'take back': async (owner) => owner.want(false),
    };
    await begun(nodes[0]!);
    let owner = nodes[0]!;
    for (let round = 0; round < HANDOVERS; round++) {
      const kind = oneOf(draw, KINDS)!;
      const others = nodes.filter((node) => node !== owner);
      const next = kind === 'take back' ? owner : oneOf(draw, others)!;
      kinds[kind]!++;
      await end[kind](owner).catch(() => undefined);
      owner.want(false);
      await begun(next);
      owner = next;
    }
    over = true;
    await haunting;
    await house[Symbol.asyncDispose]();
    const judged = judge(readCommitted(world.ensemble.servers.map(({ dataDir }) => dataDir)), paths);
    console.log(JSON.stringify({ seed: SEED, kinds, outcomes, claims: judged.claims, writes: judged.writes }));
    expect(judged.wrong).toEqual([]);
    expect(judged.claims).toBeGreaterThanOrEqual(HANDOVERS);
    expect([outcomes.committed! > 0, outcomes.fenced! > 0]).toEqual([true, true]);
  },
  60_000 + HANDOVERS * 2_000,
);
