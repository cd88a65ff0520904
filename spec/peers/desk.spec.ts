import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Backend, Candidacy, Election } from '../../lib/election/election.js';
import { ClosedError } from '../../lib/errors.js';
import { decree } from '../support/decree.js';
import { Group } from '../support/peers.js';
import { until } from '../support/until.js';

interface Member {
  readonly backend: Backend;
  readonly election: Election;
  readonly me: Candidacy;
}

/** A leader and a follower by these ids, each on a node of its own; a third node grants. */
async function pair(group: Group, ...ids: [leader: string, follower: string]): Promise<[Member, Member]> {
  const [arbiter, ...backends] = await group.add('v', 'a', 'b');
  arbiter?.connection$.subscribe();
  const stand = (backend: Backend, id: string): Member => {
    const election = backend.election('jobs');
    return { backend, election, me: election.campaign({ id }) };
  };
  const leader = stand(backends[0] as Backend, ids[0]);
  await until(() => leader.me.isLeader());
  const follower = stand(backends[1] as Backend, ids[1]);
  await until(() => follower.me.leadership.role === 'follower');
  return [leader, follower];
}

const started = () => new Group((self) => decree({ self, arbiter: 'v', leaseMs: 1_000 }) as never);

describe('who asks for a step-down', () => {
  it('and closes the backend while the work still drains hears at once that it is closed', async () => {
    await using group = started();
    const [leader, follower] = await pair(group, 'first', 'second');
    const work = leader.me.lead(() => NEVER);
    const answered = expect(follower.election.stepDown({ timeoutMs: 4_000 })).rejects.toThrow(ClosedError);
    await until(() => leader.me.leadership.role === 'candidate');
    await follower.backend.close();
    await answered;
    work.unsubscribe();
  });

  it('of a leader that falls silent before it answers hears who leads after it', async () => {
    await using group = started();
    const [, follower] = await pair(group, 'first', 'second');
    const asked = follower.election.stepDown({ timeoutMs: 8_000 });
    // Between these nothing can arrive: the question is on its way.
    for (let turn = 0; turn < 20; turn += 1) await undefined;
    group.cuts.cut('a');
    expect((await asked).after.id).toBe('second');
  }, 20_000);

  it('may name the next by an id as long as ids may be', async () => {
    await using group = started();
    const [, follower] = await pair(group, 'first', 'x'.repeat(512));
    const { after } = await follower.election.stepDown({ to: follower.me.id, timeoutMs: 4_000 });
    expect(after.id).toBe(follower.me.id);
  });
});
