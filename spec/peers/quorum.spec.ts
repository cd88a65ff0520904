import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bullyProtocol } from '../../lib/peers/bully/index.js';
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

  it('counts with a number only those in reach', () => {
    const { canElect, guarantee } = protocol({ ...group, quorum: 2 });
    const reached = [['a'], ['a', 'b']].map((nodes) => canElect(new Set(nodes), group.members));
    expect([guarantee, ...reached]).toEqual(['best-effort', false, true]);
  });
});
