import { expect, it } from 'vitest';
import { bullying } from '../../../lib/peers/bully/machine.js';
import { contextOf } from '../claim/context.js';

it('one that cannot be reached is waited for no more: who has nobody left to wait for takes over', () => {
  const context = contextOf(['a', 'b', 'c']);
  const asking = bullying.step(bullying.init(0), { type: 'vacant' }, context);
  expect(asking.sends?.map(({ to, message }) => `${message.type} to ${to}`)).toEqual([
    'election to b',
    'election to c',
  ]);
  const one = bullying.step(asking.state, { type: 'lost', node: 'b' }, context);
  expect([one.claim, one.state.phase.is]).toEqual([undefined, 'asking']);
  const both = bullying.step(one.state, { type: 'lost', node: 'c' }, context);
  expect([both.claim, both.state.phase.is]).toEqual([true, 'idle']);
});
