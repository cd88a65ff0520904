import { defer, EMPTY, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { silent } from '../../lib/options.js';
import { bullyProtocol } from '../../lib/peers/bully/index.js';
import type { Machine } from '../../lib/peers/machine.js';
import { openOffice, type Wish } from '../../lib/peers/office.js';
import { ringProtocol } from '../../lib/peers/ring/index.js';
import { type Running, run } from '../../lib/peers/run.js';
import { votingProtocol } from '../../lib/peers/voting/index.js';
import { virtualClock } from '../election/support.js';

const candidate = { name: 'one', id: 'one', weight: 0, order: 1, settled: true, since: 0, data: 0, host: 'h', pid: 1 };
const wish: Wish = { prefer: undefined, preempt: false };
const MANY = 100;

/** A node whose group is itself, and how often it has saved; a disk that fails after many writes ends what has no end. */
function rig(machine: Machine<never, never, never>) {
  const clock = virtualClock();
  let saves = 0;
  const save = () =>
    defer(() => {
      saves += 1;
      if (saves > MANY) throw new Error('there is no end to it');
      return EMPTY;
    });
  const ends = { saved: undefined, save, send: () => undefined };
  const running = run(machine, { self: 'a', clock, logger: silent, random: () => 0.5, ...ends }) as Running<never>;
  const office = openOffice({ self: 'a', election: 'jobs', clock, settled$: of(true), running });
  return { clock, office, saves: () => saves, leader: () => office.roster.now.own.claim?.name };
}

describe.each([
  ['bully', bullyProtocol],
  ['ring', ringProtocol],
  ['voting', votingProtocol],
] as const)('a node alone, by %s,', (_, protocol) => {
  const machine = () =>
    protocol({ self: 'a', quorum: 'none' }).machine('jobs') as unknown as Machine<never, never, never>;

  it('lets go when its leader leaves, and leads again when another comes', () => {
    const { clock, office, saves, leader } = rig(machine());
    office.enter(candidate, wish, false);
    clock.advance(5_000);
    expect(leader()).toBe('one');
    const before = saves();
    office.leave('one');
    expect([leader(), office.running.view.leading, saves() - before < 3]).toEqual([undefined, undefined, true]);
    office.enter({ ...candidate, name: 'two' }, wish, false);
    clock.advance(5_000);
    expect(leader()).toBe('two');
  });
});
