import { describe, expect, it } from 'vitest';
import { DataTooLargeError } from '../../lib/errors.js';
import { bully } from '../../lib/peers/bully/index.js';
import { quick } from '../support/peers.js';
import { freePort } from '../support/ports.js';

describe('the data of the candidates of one node', () => {
  it.each([
    [4_096, 1_024],
    [1 << 20, 1 << 18],
  ])('fits into a frame of %i bytes, in which all of it is told, or is refused', async (maxFrameBytes, most) => {
    const peers = `a@127.0.0.1:${await freePort()}`;
    await using backend = bully({ ...quick, self: 'a', peers, quorum: 'none', maxFrameBytes });
    const election = backend.election('jobs');
    const half = 'x'.repeat(most / 2 - '""'.length);
    election.campaign({ id: 'first', data: half });
    expect(() => election.campaign({ id: 'second', data: `${half}x` })).toThrow(DataTooLargeError);
    election.campaign({ id: 'second', data: half });
  });
});
