import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../../lib/errors.js';
import type { PeerEvent } from '../../../lib/peers/machine.js';
import { leaseFor } from '../../../lib/peers/raft/lease.js';
import { raftMachine } from '../../../lib/peers/raft/machine.js';
import { decode, type RaftMessage } from '../../../lib/peers/raft/messages.js';
import { type RaftOptions, resolveOptions } from '../../../lib/peers/raft/options.js';
import type { RaftRecord } from '../../../lib/peers/raft/state.js';

const three = { self: 'a', voters: ['c', 'a', 'b'] };

/** Feeds a machine, and tells what its last input made it do. */
function fed(options: RaftOptions, saved: RaftRecord | undefined, ...inputs: [number, PeerEvent<RaftMessage>][]) {
  const machine = raftMachine(resolveOptions(options));
  const first = [machine.init(saved), []] as ReturnType<typeof machine.step>;
  const all: [number, PeerEvent<RaftMessage>][] = [[0, { type: 'start' }], ...inputs];
  return all.reduce(([state], [at, event]) => machine.step(Object.freeze(state), { at, random: 0.5, event }), first)[1];
}

const from = (node: string, message: RaftMessage): PeerEvent<RaftMessage> => ({ type: 'message', from: node, message });

describe('Raft', () => {
  it('saves term and vote before it tells of them (3.8)', () => {
    const effects = fed(three, undefined, [2_000, from('b', { type: 'vote', term: 4, transfer: false })]);
    expect(effects.slice(0, 2)).toEqual([
      { type: 'save', record: { voters: ['a', 'b', 'c'], term: 4, votedFor: 'b' } },
      { type: 'send', to: 'b', message: { type: 'vote-reply', term: 4, granted: true } },
    ]);
  });

  it('repeats a vote, and gives no other in the term, even after a restart (3.4)', () => {
    const saved = { voters: ['a', 'b', 'c'], term: 4, votedFor: 'b' };
    const asked = (node: string) => fed(three, saved, [2_000, from(node, { type: 'vote', term: 4, transfer: false })]);
    expect(asked('b')).toContainEqual(
      expect.objectContaining({ message: { type: 'vote-reply', term: 4, granted: true } }),
    );
    expect(asked('c')).toEqual([{ type: 'send', to: 'c', message: { type: 'vote-reply', term: 4, granted: false } }]);
  });

  it('does not take up a term it refuses to vote in, while it hears from a leader (4.2.3)', () => {
    const heartbeat = from('b', { type: 'heartbeat', term: 1, sentAt: 0, roster: [] });
    const effects = fed(
      three,
      undefined,
      [1, heartbeat],
      [1_000, from('c', { type: 'vote', term: 9, transfer: false })],
    );
    expect(effects).toEqual([{ type: 'send', to: 'c', message: { type: 'vote-reply', term: 1, granted: false } }]);
  });

  it('lets no observer vote, answer or stand', () => {
    const observer = { self: 'w', voters: ['a', 'b', 'c'], observers: ['w'] };
    const vote = from('b', { type: 'vote', term: 4, transfer: false });
    const heartbeat = from('b', { type: 'heartbeat', term: 4, sentAt: 0, roster: [] });
    const stand: PeerEvent<RaftMessage> = { type: 'stand', standing: { weight: 1, order: 1 } };
    expect(fed(observer, undefined, [2_000, vote])).toEqual([]);
    expect(fed(observer, undefined, [2_000, heartbeat])).toEqual([{ type: 'alarm', at: 3_500 }]);
    expect(fed(observer, undefined, [1, stand], [9_000, { type: 'alarm' }])).toEqual([]);
  });

  it('hears nobody but voters', () => {
    expect(fed(three, undefined, [2_000, from('x', { type: 'vote', term: 4, transfer: false })])).toEqual([]);
  });

  it('does not stand without a standing, and votes all the same', () => {
    expect(fed(three, undefined, [5_000, { type: 'alarm' }])).toEqual([]);
    const effects = fed(three, undefined, [5_000, from('b', { type: 'timeout-now', term: 3 })]);
    expect(effects).toEqual([{ type: 'save', record: { voters: ['a', 'b', 'c'], term: 3, votedFor: null } }]);
  });

  it('has a lease that any two clocks within the drift keep shorter than a promise', () => {
    const rate = (drift: number) => fc.double({ min: 1 - drift, max: 1 + drift, noNaN: true });
    const clocks = fc
      .double({ min: 0, max: 0.49, noNaN: true })
      .chain((drift) => fc.tuple(fc.constant(drift), rate(drift), rate(drift), fc.integer({ min: 10, max: 100_000 })));
    fc.assert(
      fc.property(clocks, ([drift, leader, voter, promiseMs]) => {
        expect(leaseFor(promiseMs, drift) / leader).toBeLessThanOrEqual(promiseMs / voter + 1e-6);
      }),
    );
  });
});

describe('the voters of a group', () => {
  const saved = { voters: ['a', 'b', 'c'], term: 4, votedFor: null };
  const start = (options: RaftOptions, record: unknown = saved) =>
    raftMachine(resolveOptions(options)).init(record as RaftRecord).term;

  it('are those of the record', () => {
    expect(start(three)).toBe(4);
  });

  it('do not change by themselves', () => {
    const changed = { self: 'a', voters: ['a', 'b', 'c', 'd'] };
    expect(() => start(changed)).toThrow(InvalidOptionError);
    expect(() => start(changed)).toThrow(/restart every node with the new voters and with those as previousVoters/);
  });

  it('change by one at a time (4.1)', () => {
    const previousVoters = ['a', 'b', 'c'];
    expect(start({ self: 'a', voters: ['a', 'b', 'c', 'd'], previousVoters })).toBe(4);
    expect(start({ self: 'a', voters: ['a', 'b'], previousVoters })).toBe(4);
    expect(() => start({ self: 'a', voters: ['a', 'b', 'd'], previousVoters })).toThrow(/one voter at a time/);
  });

  it.each([{}, 'x', { ...saved, term: -1 }, { ...saved, votedFor: 3 }, { ...saved, voters: [1] }])(
    'are not guessed from a damaged record: %j',
    (record) => {
      expect(() => start(three, record)).toThrow(/is not what Raft saved/);
    },
  );
});

describe('options', () => {
  it.each<[string, Partial<RaftOptions>, RegExp]>([
    ['an unknown self', { self: 'x' }, /one of the voters or of the observers/],
    ['no voters', { voters: [] }, /at least one/],
    ['a voter twice', { voters: ['a', 'a'] }, /each node once/],
    ['an observer that votes', { observers: ['b'] }, /no voter/],
    ['timeouts without a spread', { electionTimeoutMs: [500, 500] }, /chance/],
    ['a timeout that is no pair', { electionTimeoutMs: [500] as never }, /shortest, longest/],
    ['heartbeats too rare for the lease', { heartbeatMs: 500 }, /less than half the lease/],
    ['a drift without bound', { clockDrift: 0.5 }, /0 to less than 0.5/],
  ])('refuse %s', (_, given, message) => {
    expect(() => resolveOptions({ ...three, ...given })).toThrow(InvalidOptionError);
    expect(() => resolveOptions({ ...three, ...given })).toThrow(message);
  });

  it('are not written to', () => {
    const given = Object.freeze({ ...three, voters: Object.freeze(['c', 'a', 'b']) });
    expect(resolveOptions(given).voters).toEqual(['a', 'b', 'c']);
  });
});

const sound: RaftMessage[] = [
  { type: 'pre-vote', term: 1 },
  { type: 'pre-vote-reply', term: 1, known: 0, granted: true },
  { type: 'vote', term: 1, transfer: false },
  { type: 'vote-reply', term: 1, granted: true },
  { type: 'heartbeat', term: 1, sentAt: 1.5, roster: [['a', 1, 2]] },
  { type: 'heartbeat-reply', term: 1, sentAt: 1.5, standing: { weight: 1, order: 2 } },
  { type: 'timeout-now', term: 1 },
];

describe('a message from the wire', () => {
  it.each(sound)('is understood: %j', (message) => {
    expect(decode(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it.each(sound.flatMap((message) => Object.keys(message).map((field) => [field, message] as const)))(
    'is not, if its %s is missing or wrong: %j',
    (field, message) => {
      for (const wrong of [undefined, 'x', {}, [['a']], Number.NaN])
        expect(decode({ ...message, [field]: wrong })).toBeUndefined();
    },
  );

  it('is not, whatever else it is', () => {
    const isRubbish = (rubbish: unknown) => decode(rubbish) === undefined;
    fc.assert(fc.property(fc.anything(), isRubbish));
  });
});
