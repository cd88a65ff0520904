import { describe, expect, it } from 'vitest';
import type { Context } from '../../../lib/peers/algorithm.js';
import { type Voting, votingFor } from '../../../lib/peers/voting/machine.js';
import { contextOf } from '../claim/context.js';

const { init, step } = votingFor('majority');
/** Of a node that was started again: its last round was the third. */
const restarted = init(3);

/** Is a vote given to one that asks? And the state after that. */
function asked(state: Voting, from: string, round: number, weight = 0, changes: Partial<Context> = {}) {
  const message = { type: 'request', round, standing: { weight, order: 2 } } as const;
  const chosen = step(state, { type: 'message', from, message }, contextOf(['a', 'b', 'c'], changes));
  const [send] = chosen.sends ?? [];
  return { granted: send?.message.type === 'vote' && send.message.granted, state: chosen.state };
}

describe('a vote', () => {
  it('is given in each round to one, and to that one again', () => {
    const first = asked(restarted, 'b', 4);
    expect(first.granted).toBe(true);
    expect(asked(first.state, 'c', 4).granted).toBe(false);
    expect(asked(first.state, 'b', 4).granted).toBe(true);
    expect(asked(first.state, 'c', 5).granted).toBe(true);
  });

  it('is given to nobody after a crash in the round of before: nobody knows who has it', () => {
    expect(asked(restarted, 'b', 3).granted).toBe(false);
  });

  it('is given to nobody in a round that is over', () => {
    const { state } = asked(restarted, 'b', 5, -1);
    expect(asked(state, 'c', 4).granted).toBe(false);
    expect(asked(state, 'c', 5).granted).toBe(true);
  });

  it('is given to nobody lighter than the one that gives it', () => {
    const standing = { weight: 2, order: 1 };
    expect([1, 2, 3].map((weight) => asked(restarted, 'b', 4, weight, { standing }).granted)).toEqual([
      false,
      true,
      true,
    ]);
    expect(asked(restarted, 'b', 4, 1, { standing: undefined }).granted).toBe(true);
  });

  it('is given to nobody while somebody leads', () => {
    expect(asked(restarted, 'b', 4, 9, { vacant: false }).granted).toBe(false);
  });
});
