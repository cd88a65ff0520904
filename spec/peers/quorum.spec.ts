import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bullyProtocol } from '../../lib/peers/bully/index.js';
import type { Machine } from '../../lib/peers/machine.js';
import type { QuorumOptions } from '../../lib/peers/quorum.js';
import { ringProtocol } from '../../lib/peers/ring/index.js';
import { votingProtocol } from '../../lib/peers/voting/index.js';

const group = { self: 'a', members: ['a', 'b', 'c'] };

describe.each([
  ['bully', bullyProtocol],
  ['ring', ringProtocol],
  ['voting', votingProtocol],
])('%s', (_, protocol) => {
  it('reads from the wire what it could have written, and nothing else, without a throw', () => {
    const { decode } = protocol(group).machine('jobs');
    const type = fc.constantFrom('probe', 'elected', 'ack', 'hello', 'election', 'coordinator', 'request', 'vote');
    const field = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null), fc.object());
    const names = fc.constantFrom('standing', 'hop', 'hops', 'node', 'round', 'epoch', 'ask', 'granted');
    const fields = fc.dictionary(names, field).chain((rest) => type.map((of) => ({ ...rest, type: of })));
    fc.assert(
      fc.property(fc.oneof(fields, fc.jsonValue()), (message) => {
        const read = decode(message);
        if (read !== undefined) expect(decode(JSON.parse(JSON.stringify(read)))).toEqual(read);
      }),
    );
  });

  it.each<[Partial<QuorumOptions>, RegExp]>([
    [{ quorum: 0 }, /quorum: must be .* from 1 to 3/],
    [{ quorum: 4 }, /quorum: must be .* from 1 to 3/],
    [{ members: undefined }, /quorum: needs fixed members/],
    [{ members: ['b'] }, /self: must be among/],
    [{ members: ['a', 'a'] }, /members: must name nobody twice/],
    [{ leaseMs: 900, heartbeatMs: 500 }, /leaseMs: must be at least twice heartbeatMs/],
    [{ clockDrift: 1 }, /clockDrift: must be a rate/],
  ])('refuses %o', (options, rule) => {
    expect(() => protocol({ ...group, ...options })).toThrow(rule);
  });

  it('counts the word of no stranger, whatever it says', () => {
    const machine = protocol(group).machine('jobs') as unknown as Machine<unknown, unknown, unknown>;
    const [begun] = machine.step(machine.init(undefined), { at: 0, random: 0, event: { type: 'start' } });
    const standing = { weight: 9, order: 0 };
    const said = ['ask', 'claim', 'renew', 'release', 'hello', 'election', 'probe', 'request'].map((type) => ({
      ...{ type, standing, epoch: 7, sent: 1, nominated: false, round: 1, hop: 1, hops: 1, node: 'x', ask: true },
    }));
    const read = said.map(machine.decode).filter((message) => message !== undefined);
    expect(read.length).toBeGreaterThanOrEqual(5);
    for (const message of read) {
      const [after, effects] = machine.step(begun, {
        at: 1,
        random: 0,
        event: { type: 'message', from: 'x', message },
      });
      expect([effects.filter(({ type }) => type !== 'alarm'), machine.view(after).term]).toEqual([[], 0]);
    }
  });

  it('counts with a number only those in reach', () => {
    const { canElect, guarantee } = protocol({ ...group, quorum: 2 });
    const reached = [['a'], ['a', 'b']].map((nodes) => canElect(new Set(nodes), group.members));
    expect([guarantee, ...reached]).toEqual(['best-effort', false, true]);
  });
});
