import { EMPTY, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { silent } from '../../lib/options.js';
import type { Machine, PeerEvent, View } from '../../lib/peers/machine.js';
import { openOffice, type Wish } from '../../lib/peers/office.js';
import type { Candidate } from '../../lib/peers/roster.js';
import { hear } from '../../lib/peers/roster-changes.js';
import { type Running, run } from '../../lib/peers/run.js';
import { virtualClock } from '../election/support.js';

const nobody: View = {
  term: 0,
  leader: undefined,
  leading: undefined,
  statistics: { elections: 0, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: undefined },
};
const candidate = (name: string, order: number): Candidate => ({
  ...{ name, id: name, weight: 0, order, settled: true, since: 0, data: undefined, host: 'h', pid: 1 },
});

/** The office of node a. Its machine leads with the token that a message tells, until it is released. */
function rig() {
  const clock = virtualClock();
  const told: PeerEvent<bigint>[] = [];
  const machine: Machine<View, bigint, never> = {
    init: () => nobody,
    step: (view, { event }) => {
      told.push(event);
      if (event.type === 'release') return [nobody, []];
      const until = Number.POSITIVE_INFINITY;
      return [event.type === 'message' ? { ...view, leading: { token: event.message, until } } : view, []];
    },
    view: (view) => view,
    decode: (message) => message as bigint,
  };
  const ends = { saved: undefined, save: () => EMPTY, send: () => undefined };
  const running = run(machine, { self: 'a', clock, logger: silent, random: () => 0.5, ...ends });
  const options = { self: 'a', election: 'jobs', clock, settled$: of(true) };
  const office = openOffice({ ...options, running: running as unknown as Running<never> });
  return {
    office,
    releases: () => told.filter(({ type }) => type === 'release'),
    leads: (token: bigint) => running.receive('b', token),
    leader: () => office.roster.now.own.claim?.name,
    hears: (...candidates: Candidate[]) =>
      office.roster.update((now) =>
        hear(now, 'b', { candidates, claim: undefined, nominee: undefined, orders: new Map() }),
      ),
  };
}

const wish: Wish = { prefer: undefined, preempt: false };

describe('the office of an election', () => {
  it('lets the machine go when its leader leaves, also where another of its candidates stays', () => {
    const { office, leads, leader, releases } = rig();
    office.enter(candidate('first', 1), wish, false);
    office.enter(candidate('second', 2), wish, false);
    leads(1n);
    expect([leader(), releases()]).toEqual(['first', []]);
    office.leave('first');
    expect([leader(), releases()]).toEqual([undefined, [{ type: 'release', to: 'a' }]]);
    leads(2n);
    expect(leader()).toBe('second');
  });

  it('lets the machine go on when one leaves that does not lead', () => {
    const { office, leads, leader, releases } = rig();
    office.enter(candidate('first', 1), wish, false);
    office.enter(candidate('second', 2), wish, false);
    leads(1n);
    office.leave('second');
    expect([leader(), releases()]).toEqual(['first', []]);
  });

  it('passes leadership on to one that is preferred once, and takes it when it comes back', () => {
    const { office, leads, leader, releases, hears } = rig();
    const prefer: Wish['prefer'] = (a, b) => Number(b.id === 'better') - Number(a.id === 'better');
    office.enter(candidate('own', 1), { ...wish, prefer }, false);
    hears(candidate('better', 2));
    leads(1n);
    expect([leader(), releases()]).toEqual([undefined, [{ type: 'release', to: 'b' }]]);
    leads(2n);
    expect([leader(), releases().length]).toEqual(['own', 1]);
  });
});
