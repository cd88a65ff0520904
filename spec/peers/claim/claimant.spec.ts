import { describe, expect, it } from 'vitest';
import { asleep, awaken, type Claim, hear, type Turn } from '../../../lib/peers/claim.js';
import { attempt, denied, offered, proven, tick } from '../../../lib/peers/claimant.js';
import { type QuorumOptions, resolveQuorumOptions } from '../../../lib/peers/quorum.js';

const five = ['a', 'b', 'c', 'd', 'e'];

/** Node a, which has been up for long, and what it says. */
function rig(given: Partial<QuorumOptions> = {}) {
  const options = resolveQuorumOptions({ self: 'a', members: ['a', 'b', 'c'], answerMs: 500, ...given });
  const moment = (at: number) => ({ options, at, standing: { weight: 1, order: 1 } });
  const idle = awaken(options, asleep(options.members, 0, undefined), -1e6);
  const begin = (claim = idle) => attempt(moment(0), claim, false)[0];
  const offer = { type: 'offer', known: 0, afterMs: 0 } as const;
  return {
    ...{ idle, moment, begin },
    agrees: (claim: Claim, from: string, at: number) => offered(moment(at), claim, from, { ...offer, free: true })[0],
    declines: (claim: Claim, from: string, boundTo: string) =>
      offered(moment(10), claim, from, { ...offer, free: false, afterMs: 1_000, boundTo }),
  };
}
const said = ([, sends]: Turn) => sends.map(({ to, message }) => `${message.type} to ${to}`);

describe('a claimant', () => {
  it('does not lead with promises whose time is over when the last of them comes', () => {
    const { moment, begin, agrees } = rig({ heartbeatMs: 250, leaseMs: 1_000 });
    const claiming = agrees(begin(), 'b', 10);
    const answered = (at: number) => proven(moment(at), claiming, 'b', 1, 10)[0].leading?.epoch;
    expect([answered(1_009), answered(1_010)]).toEqual([1, undefined]);
  });

  it('takes silence for agreement where less than a majority is enough, but not when it looks up late', () => {
    const { moment, begin } = rig({ quorum: 'none' });
    const asking = begin();
    const after = (ms: number) => tick(moment(ms), asking)[0].leading?.epoch;
    expect([499, 500, 749, 750].map((ms) => after(ms) !== undefined)).toEqual([false, true, true, false]);
    expect(said(tick(moment(750), asking))).toEqual(['ask to b', 'ask to c']);
  });

  it('asks a lighter leader to give way once nothing but promises to it is in the way, and not before', () => {
    const { idle, begin, declines } = rig({ members: five });
    const heard = { epoch: 1, by: 'e', standing: { weight: 0, order: 5 }, nominated: false, at: 0 };
    const asking = begin(hear(idle, heard));
    const elsewhere = declines(asking, 'd', 'b');
    const first = declines(elsewhere[0], 'b', 'e');
    const second = declines(first[0], 'c', 'e');
    expect([elsewhere, first, second].map(said)).toEqual([[], [], ['ask to e']]);
    expect(second[1][0]?.message).toMatchObject({ over: 1 });
  });

  it('begins again when it can succeed no more, above the epoch that it was told', () => {
    const { moment, begin, agrees } = rig();
    const claiming = agrees(begin(), 'b', 10);
    const again = denied(moment(20), claiming, 'c', 1, 7);
    expect(said(again)).toEqual(['ask to b', 'ask to c']);
    expect(agrees(again[0], 'b', 30).attempt?.epoch).toBe(8);
  });

  it('goes on after a refusal while the others are a majority', () => {
    const { moment, begin, agrees } = rig();
    const claiming = agrees(begin(), 'b', 10);
    const refused = denied(moment(20), claiming, 'c', 1, 1);
    expect(said(refused)).toEqual([]);
    expect(proven(moment(30), refused[0], 'b', 1, 10)[0].leading?.epoch).toBe(1);
  });
});
