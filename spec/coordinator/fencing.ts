/** What holds of claims and fenced writes on any server: the bodies run against the embedded one and a real one. */
import { firstValueFrom, Subject } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claim } from '../../lib/coordinator/claim.js';
import { fencedWrite } from '../../lib/coordinator/fenced.js';
import { decodeRoleRecord } from '../../lib/coordinator/record.js';
import type { StoredNode } from '../../lib/election/store.js';
import { systemClock } from '../../lib/options.js';
import { opcode, startProxy, type TcpProxy } from '../support/proxy.js';
import { seen, until } from '../support/until.js';
import { House, type Node } from './house.js';
import type { World } from './world.js';

/** Leases so long that no proof is sent while a spec loses answers, and nobody comes to a role by waiting. */
const LONG = { sessionTimeoutMs: 60_000, silenceMs: 1_000 };

const bytes = (text: string) => new TextEncoder().encode(text);

export function describeFencing(start: () => Promise<World>): void {
  let zk: World;
  let proxy: TcpProxy;
  let house: House;
  /** Nothing is said of the end of such a node, as if it had been killed; until the spec is over. */
  let over$: Subject<never>;
  const hung = { unload: () => over$ };
  beforeAll(async () => {
    zk = await start();
  });
  beforeEach(async () => {
    house = new House();
    over$ = new Subject();
    proxy = await startProxy(zk.one);
  });
  afterEach(async () => {
    proxy.forward();
    over$.complete();
    await house[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });
  afterAll(() => zk[Symbol.asyncDispose]());

  const sessionOf = (node: Node) => node.member()!.session;
  const record = (by: Node): Promise<StoredNode> => firstValueFrom(sessionOf(by).get(house.address.path));
  /** By what a write of the present term is fenced. */
  const standing = async (by: Node) => {
    const { path, version, data } = await record(by);
    return { version, mark: `${path}/${decodeRoleRecord(data)?.claim}` };
  };
  const serve = async (node: Node) => {
    node.want(true);
    const { serving } = await node.is('serving');
    return serving!.term;
  };

  describe('a claim', () => {
    it('I13: whose answer was lost is found again, and not made twice', async () => {
      const a = await house.node('a', proxy.connect, {}, {}, LONG);
      await a.settled();
      const lost = proxy.loseReplyOf(opcode.multi);
      a.want(true);
      await lost;
      const { epoch } = await a.is('serving');
      const { version, mzxid } = await record(a);
      expect([epoch?.term, epoch?.token, version]).toEqual([1, mzxid, 1]);
    });

    it('I13: is not known by the name of its node: who comes back under it claims anew', async () => {
      const first = await house.node('a', zk.connect, hung, { unloadTimeoutMs: 20_000 });
      await serve(first);
      await first.backend.close();
      const again = await house.node('a', zk.connect);
      expect((await serve(again)).epoch.term).toBe(2);
      expect(again.hooks.log).toContain('a fences a');
    });

    it('I13: that is given up while its answer is out is given back: nobody waits for it', async () => {
      const a = await house.node('a', proxy.connect, {}, {}, LONG);
      const b = await house.node('b', zk.connect, {}, {}, LONG);
      await a.settled();
      let held: (() => void) | undefined;
      let xid: number | undefined;
      proxy.onRequest((frame, pass) => {
        if (frame.opcode === opcode.multi) xid ??= frame.xid;
        pass();
      });
      proxy.onReply((frame, pass) => {
        if (frame.xid === xid && !held) held = pass;
        else pass();
      });
      a.want(true);
      await until(() => held);
      a.want(false);
      held!();
      expect((await serve(b)).previous).toEqual({ owner: 'a', term: 1, clean: true });
      expect(a.hooks.terms).toEqual([]);
    });

    it('I13: that is given up while its answer is lost is given back too', async () => {
      const a = await house.node('a', proxy.connect, {}, {}, LONG);
      const b = await house.node('b', zk.connect, {}, {}, LONG);
      await a.settled();
      const lost = proxy.loseReplyOf(opcode.multi);
      a.want(true);
      await lost;
      a.want(false);
      expect((await serve(b)).previous).toEqual({ owner: 'a', term: 1, clean: true });
    });

    it('I2: of a member that is gone never commits, and harms nobody', async () => {
      const a = await house.node('a', zk.connect);
      const b = await house.node('b', zk.connect);
      const old = a.member()!;
      await firstValueFrom(sessionOf(b).remove(old.path), { defaultValue: undefined });
      const { path, members } = house.address;
      const options = { path, members, claimId: 'late', clock: systemClock, clockDrift: 0.01 };
      using claimed = seen(claim(old, options));
      await until(() => record(b));
      // Whatever it has sent by now has been answered when this is.
      for (const _ of [1, 2, 3]) await firstValueFrom(old.session.multi([{ op: 'check', path: members }]));
      expect(claimed.values).toEqual([]);
      expect((await serve(b)).epoch.term).toBe(1);
      expect([claimed.values, claimed.completed]).toEqual([[], false]);
    });

    it('I1: begins with term 1 at version 1, which is no version that means any', async () => {
      const a = await house.node('a', zk.connect);
      await serve(a);
      const { version, data } = await record(a);
      expect([version, decodeRoleRecord(data)?.term]).toEqual([1, 1]);
    });
  });

  describe('a release', () => {
    it('I13: whose answer was lost is not made twice, and the next owner need not wait', async () => {
      const a = await house.node('a', proxy.connect, {}, {}, LONG);
      const b = await house.node('b', zk.connect, {}, {}, LONG);
      await serve(a);
      const lost = proxy.loseReplyOf(opcode.multi);
      a.want(false);
      await lost;
      const { epoch, previous } = await serve(b);
      await a.is('standby');
      expect([epoch.term, previous, (await record(b)).version]).toEqual([2, { owner: 'a', term: 1, clean: true }, 3]);
      expect(a.states.values.map(({ phase }) => phase)).toContain('released');
    });
  });

  describe('a fenced write', () => {
    it('I3: commits in its term', async () => {
      const a = await house.node('a', zk.connect);
      const term = await serve(a);
      const path = `${house.root}/state`;
      expect(await term.fenced([{ op: 'create', path, data: bytes('one') }])).toMatchObject({ status: 'committed' });
      await term.verify();
      expect(`${(await firstValueFrom(sessionOf(a).get(path))).data}`).toBe('one');
    });

    it('I3: of an older term commits nothing after a release, though nobody has claimed since', async () => {
      const a = await house.node('a', zk.connect);
      const term = await serve(a);
      const claimed = await standing(a);
      const member = a.member()!;
      a.want(false);
      await a.is('standby');
      expect(await firstValueFrom(fencedWrite(member, house.address.path, claimed, write()))).toEqual({
        status: 'fenced',
        by: 'term',
      });
      expect(await term.fenced(write())).toEqual({ status: 'fenced', by: 'term' });
      await expect(term.verify()).rejects.toMatchObject({ name: 'TermOverError', code: 'TERM_OVER' });
    });

    it('I3: of an owner whose znode is gone commits nothing, though nobody has claimed since', async () => {
      const a = await house.node('a', zk.connect, hung, { unloadTimeoutMs: 20_000 });
      const b = await house.node('b', zk.connect);
      await serve(a);
      const { path } = a.member()!;
      const claimed = await standing(a);
      await a.backend.close();
      const zombie = { session: sessionOf(b), path };
      expect(await firstValueFrom(fencedWrite(zombie, house.address.path, claimed, write()))).toEqual({
        status: 'fenced',
        by: 'member',
      });
    });

    it('I3, I15: of version 0 is not one of any version', async () => {
      const a = await house.node('a', zk.connect);
      await serve(a);
      const claimed = { ...(await standing(a)), version: 0 };
      expect(await firstValueFrom(fencedWrite(a.member()!, house.address.path, claimed, write()))).toEqual({
        status: 'fenced',
        by: 'term',
      });
    });

    it('I15: that is refused names the operation, and the term goes on', async () => {
      const a = await house.node('a', zk.connect);
      const term = await serve(a);
      const missing = { op: 'check', path: `${house.root}/none` } as const;
      expect(await term.fenced([...write(), missing])).toEqual({ status: 'rejected', index: 1, code: 'NO_NODE' });
      expect(term.isCurrent()).toBe(true);
      const zero = { op: 'set', path: house.address.path, data: bytes('x'), version: 0 } as const;
      expect(await term.fenced([zero])).toEqual({ status: 'rejected', index: 0, code: 'BAD_VERSION' });
    });

    it('I13: whose answer was lost is unknown, and not sent again', async () => {
      const a = await house.node('a', proxy.connect, {}, {}, LONG);
      const term = await serve(a);
      const lost = proxy.loseReplyOf(opcode.multi);
      const outcome = term.fenced(write());
      await lost;
      expect(await outcome).toEqual({ status: 'unknown' });
      await until(() => firstValueFrom(sessionOf(a).get(`${house.root}/late`)));
      expect(term.isCurrent()).toBe(true);
      expect(await term.fenced(write())).toEqual({ status: 'rejected', index: 0, code: 'NODE_EXISTS' });
    });

    it('I4: ends the term when it finds that another has claimed', async () => {
      const a = await house.node('a', zk.connect, hung, { unloadTimeoutMs: 20_000 });
      const b = await house.node('b', zk.connect);
      const term = await serve(a);
      const stolen = { op: 'set', path: house.address.path, data: bytes('another') } as const;
      const ended = new Promise((resolve) => term.signal.addEventListener('abort', resolve));
      await firstValueFrom(sessionOf(b).multi([stolen]));
      expect(await term.fenced(write())).toMatchObject({ status: 'fenced', by: 'term' });
      await ended;
      expect(term.isCurrent()).toBe(false);
    });
  });

  function write() {
    return [{ op: 'create', path: `${house.root}/late`, data: bytes('late') } as const];
  }
}
