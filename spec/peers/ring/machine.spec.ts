import { expect, it } from 'vitest';
import { ringProtocol } from '../../../lib/peers/ring/index.js';

const machine = ringProtocol({ self: 'b', members: ['a', 'b', 'c'] }).machine('jobs');
const standing = { weight: 0, order: 1 };
const probe = (hop: number, round = 7, hops = 1) => ({ type: 'probe', node: 'a', standing, round, hops, hop }) as const;

/** What a node that has just started sends, message by message. */
function sent(...messages: ReturnType<typeof probe>[]): string[] {
  let [state] = machine.step(machine.init(undefined), { at: 0, random: 0, event: { type: 'start' } });
  return messages.flatMap((message) => {
    const input = { at: 1, random: 0, event: { type: 'message', from: 'a', message } } as const;
    const [next, effects] = machine.step(state, input);
    state = next;
    return effects.flatMap((effect) => (effect.type === 'send' ? `${effect.message.type} to ${effect.to}` : []));
  });
}

it('a probe that comes twice, since its acknowledgement was late, is passed on once and acknowledged twice', () => {
  expect(sent(probe(1), probe(2))).toEqual(['ack to a', 'probe to c', 'ack to a']);
});

it('a probe of another round is passed on', () => {
  expect(sent(probe(1), probe(2, 8))).toEqual(['ack to a', 'probe to c', 'ack to a', 'probe to c']);
});

it('a probe that has made more hops than there are members is taken off: its sender has died', () => {
  expect(sent(probe(1, 7, 3))).toEqual(['ack to a', 'probe to c']);
  expect(sent(probe(1, 7, 4))).toEqual(['ack to a']);
});
