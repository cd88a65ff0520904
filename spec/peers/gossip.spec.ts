import { BehaviorSubject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCell } from '../../lib/election/cell.js';
import { startGossip } from '../../lib/peers/gossip.js';
import type { Letter } from '../../lib/peers/letters.js';
import type { PeerEvent } from '../../lib/peers/machine.js';
import type { Office } from '../../lib/peers/office.js';
import { type Candidate, emptyRoster, type Told } from '../../lib/peers/roster.js';
import { enter } from '../../lib/peers/roster-changes.js';
import { virtualClock } from '../election/support.js';
import { seen } from '../support/until.js';

const candidate = (name: string): Candidate => ({
  ...{ name, id: name, weight: 0, order: 1, settled: false, since: 0, data: undefined, host: 'h', pid: 1 },
});
const nobody: Told = { candidates: [], claim: undefined, nominee: undefined, orders: new Map() };

/** a tells its peers b and c of one election. */
function rig() {
  const clock = virtualClock();
  const reachable$ = new BehaviorSubject<ReadonlySet<string>>(new Set());
  const posted: string[] = [];
  const inputs: PeerEvent<never>[] = [];
  const roster = createCell(emptyRoster('a'));
  const running = { input: (event: PeerEvent<never>) => inputs.push(event) };
  const office = { election: 'jobs', roster, running } as unknown as Office;
  const post = (to: string, letter: Letter) => void posted.push(`${letter.type} to ${to}`);
  const group$ = new BehaviorSubject(['a', 'b', 'c']);
  const offices = new Map([['jobs', office]]);
  const gossip = startGossip({ clock, graceMs: 1_000, tellMs: 500, offices, group$, reachable$, post });
  gossip.add(office);
  const reach = (...nodes: string[]) => reachable$.next(new Set(nodes));
  const hear = (from: string, count: number, ...names: string[]) => {
    const told = { ...nobody, candidates: names.map(candidate) };
    gossip.hear(from, office, { type: 'told', election: 'jobs', count, told });
  };
  const heard = () => [...roster.now.heard].map(([node, told]) => `${node}: ${told.candidates.map(({ id }) => id)}`);
  return { clock, gossip, roster, inputs, reach, hear, heard, posted: () => posted.splice(0) };
}

describe('gossip', () => {
  it('tells whoever comes into reach all there is to tell, and that this was all; and nobody else', () => {
    const { reach, posted } = rig();
    reach('b');
    expect(posted()).toEqual(['told to b', 'greeted to b']);
    reach('b', 'c');
    expect(posted()).toEqual(['told to c', 'greeted to c']);
  });

  it('tells everybody in reach of each change of its own, and of nothing that it only heard', () => {
    const { reach, posted, roster, hear } = rig();
    reach('b', 'c');
    posted();
    roster.update((now) => enter(now, candidate('me')));
    expect(posted()).toEqual(['told to b', 'told to c']);
    hear('b', 1, 'x');
    expect(posted()).toEqual([]);
  });

  it('tells it all again now and then, since messages may be lost', () => {
    const { reach, posted, clock } = rig();
    reach('b');
    posted();
    clock.advance(1_000);
    expect(posted()).toEqual(['told to b', 'greeted to b', 'told to b', 'greeted to b']);
  });

  it('believes what was told last, and not what was overtaken', () => {
    const { reach, hear, heard } = rig();
    reach('b');
    hear('b', 2, 'new');
    hear('b', 1, 'old');
    expect(heard()).toEqual(['b: new']);
  });

  it('forgets who is out of reach, tells the machine, and hears it again from one on when it is back', () => {
    const { reach, hear, heard, inputs } = rig();
    reach('b');
    hear('b', 7, 'x');
    reach();
    expect([heard(), inputs]).toEqual([[], [{ type: 'lost', node: 'b' }]]);
    hear('b', 8, 'late');
    expect(heard()).toEqual([]);
    reach('b');
    hear('b', 1, 'y');
    expect(heard()).toEqual(['b: y']);
  });

  it('is settled once everybody has said that this was all', () => {
    const { gossip } = rig();
    using settled = seen(gossip.settled$);
    gossip.greeted('b');
    expect(settled.last).toBe(false);
    gossip.greeted('c');
    expect(settled.last).toBe(true);
  });

  it('is settled without those who have not when the time for it is over', () => {
    const { gossip, clock } = rig();
    using settled = seen(gossip.settled$);
    clock.advance(999);
    expect(settled.last).toBe(false);
    clock.advance(1);
    expect(settled.last).toBe(true);
  });

  it('says nothing any more when it has stopped', () => {
    const { gossip, reach, clock, posted } = rig();
    reach('b');
    posted();
    gossip.stop();
    clock.advance(5_000);
    reach('b', 'c');
    expect([posted(), clock.pending]).toEqual([[], 0]);
  });
});
