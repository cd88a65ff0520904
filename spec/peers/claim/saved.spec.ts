import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../../lib/errors.js';
import { bullyProtocol } from '../../../lib/peers/bully/index.js';
import type { QuorumOptions } from '../../../lib/peers/quorum.js';
import { ringProtocol } from '../../../lib/peers/ring/index.js';
import type { Saved } from '../../../lib/peers/saved.js';
import { votingProtocol } from '../../../lib/peers/voting/index.js';

const three = ['a', 'b', 'c'];
const four = [...three, 'd'];
const saved: Saved = { known: 4, promised: { epoch: 4, by: 'b' }, round: 2, members: three };

describe.each([
  ['bully', bullyProtocol],
  ['ring', ringProtocol],
  ['voting', votingProtocol],
])('the members of a group by %s', (_, protocol) => {
  /** What a node that starts from this record saves at once, and the epoch it knows. */
  function start(options: Partial<QuorumOptions>, record: unknown = saved) {
    const machine = protocol({ self: 'a', members: three, ...options }).machine('jobs');
    const asleep = machine.init(record as Saved);
    const [state, effects] = machine.step(asleep as never, { at: 0, random: 0, event: { type: 'start' } });
    const saves = effects.flatMap((effect) => (effect.type === 'save' ? [effect.record.members] : []));
    return { known: machine.view(state as never).term, saves };
  }

  it('are those of the record, in any order', () => {
    expect(start({ members: ['c', 'a', 'b'] })).toEqual({ known: 4, saves: [] });
  });

  it('are saved with the first promise, and before if they have changed', () => {
    expect(start({}, undefined).saves).toEqual([]);
    expect(start({ members: four, previousMembers: three }).saves).toEqual([four]);
  });

  it('do not change by themselves: two majorities might share nobody', () => {
    expect(() => start({ members: four })).toThrow(InvalidOptionError);
    expect(() => start({ members: four })).toThrow(/restart every node with the new members .* as previousMembers/);
  });

  it('change by one at a time', () => {
    const previousMembers = ['c', 'b', 'a'];
    expect(start({ members: four, previousMembers }).known).toBe(4);
    expect(start({ members: ['a', 'b'], previousMembers }).known).toBe(4);
    expect(() => start({ members: ['a', 'b', 'd'], previousMembers })).toThrow(/one member at a time/);
    expect(() => start({ members: four, previousMembers: ['a', 'b', 'd'] })).toThrow(/this node has saved, a, b, c/);
  });

  it('may be any where less than a majority is enough', () => {
    expect(start({ members: ['a', 'x'], quorum: 'none' })).toEqual({ known: 4, saves: [] });
  });

  it.each([
    {},
    'x',
    { ...saved, known: -1 },
    { ...saved, promised: { epoch: 4 } },
    { ...saved, members: [1] },
    { voters: three, term: 4, votedFor: null },
  ])('are not guessed from a damaged record, or from that of another protocol: %j', (record) => {
    expect(() => start({}, record)).toThrow(/is not what this protocol saved/);
  });
});
