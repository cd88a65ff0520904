import { NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Leader, Participant } from '../../lib/election/election.js';
import { stateOf, statusOf } from '../../lib/election/status.js';
import { AuthenticationError, ClosedError, DeadlineError, InvalidOptionError } from '../../lib/errors.js';
import { systemClock } from '../../lib/options.js';
import { virtualClock } from './support.js';

const leader: Leader = { id: 'a', token: 7n, since: 1, data: undefined, foreign: false };
const line = [{ id: 'a' }, { id: 'b' }] as unknown as readonly Participant[];
const seen = { name: 'jobs', leader$: of(leader), participants$: of(line) };

describe('the state of an election', () => {
  it('is led with a leader, electing while some stand without one, and vacant when nobody does', () => {
    expect([stateOf(leader, line), stateOf(leader, []), stateOf(undefined, line), stateOf(undefined, [])]).toEqual([
      'led',
      'led',
      'electing',
      'vacant',
    ]);
  });
});

describe('the status of an election', () => {
  it('holds leader, token and line; what the backend does not count stays unknown', async () => {
    expect(await statusOf(seen, systemClock, {}, () => ({ elections: 3 }))).toEqual({
      name: 'jobs',
      state: 'led',
      token: 7n,
      leader,
      participants: line,
      statistics: { elections: 3, heartbeatsSent: undefined, heartbeatsReceived: undefined, lastHeardAt: undefined },
    });
  });

  it('is a DeadlineError when the store does not answer in time, and leaves no timer', async () => {
    const clock = virtualClock();
    const asked = statusOf({ ...seen, participants$: NEVER }, clock, { timeoutMs: 500 });
    clock.advance(500);
    await expect(asked).rejects.toThrow(DeadlineError);
    await expect(asked).rejects.toThrow('Reading the status of jobs did not happen within 500 ms.');
    expect(clock.pending).toBe(0);
  });

  it('is a ClosedError when the backend closes meanwhile', async () => {
    await expect(statusOf({ ...seen, leader$: of() }, systemClock)).rejects.toThrow(ClosedError);
  });

  it('fails as the readings do', async () => {
    const refused = { ...seen, leader$: throwError(() => new AuthenticationError()) };
    await expect(statusOf(refused, systemClock)).rejects.toThrow(AuthenticationError);
  });

  it('refuses a deadline of no time', async () => {
    await expect(statusOf(seen, systemClock, { timeoutMs: 0 })).rejects.toThrow(InvalidOptionError);
  });
});
