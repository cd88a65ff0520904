import { describe, expect, it } from 'vitest';
import { anomaliesOf, lineTable } from '../../lib/cli/line.js';
import type { Participant } from '../../lib/election/election.js';

const nothing = { data: undefined, host: undefined, pid: undefined, session: undefined, since: undefined };

/** A healthy line of these ids; what differs is given. */
function line(...given: (Partial<Participant> & { id: string })[]): Participant[] {
  return given.map((one, at) => ({
    ...nothing,
    position: at + 1,
    role: at === 0 ? 'leader' : 'follower',
    name: `n-${at + 1}`,
    waitsFor: at === 0 ? undefined : `n-${at}`,
    foreign: false,
    ...one,
  }));
}

const anomalies = (participants: Participant[], unknown: string[] = []) =>
  anomaliesOf({ participants, unknown }).map(({ subject, text }) => `${subject} ${text}`);

describe('the table of a line', () => {
  const now = Date.UTC(2026, 0, 4, 2);
  const participants = line(
    {
      id: 'worker-1',
      host: '10.0.3.11',
      session: 0x1007an,
      since: Date.UTC(2026, 0, 1),
      data: { zone: 'b', token: 1n },
    },
    { id: 'worker-2', foreign: true },
  );

  it('tells who waits for whom by id, and invents nothing', () => {
    expect(lineTable(participants, 'text', now).join('\n')).toMatchInlineSnapshot(`
      "POS   ROLE                 ID         HOST        SESSION   WAITS-FOR   AGE    DATA
      1     leader               worker-1   10.0.3.11   0x1007a   -           3d2h   {"zone":"b","token":"1"}
      2     follower (foreign)   worker-2   -           -         worker-1    -      -"
    `);
  });

  it('is wider on demand', () => {
    expect(lineTable(participants, 'wide', now).join('\n')).toMatchInlineSnapshot(`
      "POS   ROLE                 ID         HOST        PID   SESSION   WAITS-FOR   SINCE                      NAME   DATA
      1     leader               worker-1   10.0.3.11   -     0x1007a   -           2026-01-01T00:00:00.000Z   n-1    {"zone":"b","token":"1"}
      2     follower (foreign)   worker-2   -           -     -         worker-1    -                          n-2    -"
    `);
  });

  it('cuts long data, and keeps it whole when wide', () => {
    const long = line({ id: 'a', data: 'x'.repeat(100) });
    expect(lineTable(long)[1]).toContain(`${'x'.repeat(38)}…`);
    expect(lineTable(long, 'wide')[1]).toContain('x'.repeat(100));
  });
});

describe('anomalies', () => {
  it('are none in a healthy line, nor in an empty one', () => {
    expect(anomalies(line({ id: 'a' }, { id: 'b' }))).toEqual([]);
    expect(anomalies([])).toEqual([]);
  });

  it('are two candidates of one id', () => {
    expect(anomalies(line({ id: 'a' }, { id: 'b' }, { id: 'a' }))).toEqual([
      'a stands 2 times, at 1 and 3: ids must be unique',
    ]);
  });

  it('are a first in line without a claim, unless it is foreign: those never claim', () => {
    expect(anomalies(line({ id: 'a', role: 'candidate' }))).toEqual([
      'a is first in line but has not claimed: it waits for the last lease, or is stuck',
    ]);
    expect(anomalies(line({ id: 'a', role: 'candidate', foreign: true }))).toEqual([]);
  });

  it('are two leaders', () => {
    expect(anomalies(line({ id: 'a' }, { id: 'b', role: 'leader' }))).toEqual(['a, b are both shown as leader']);
  });

  it('are a candidate that does not wait for the one directly ahead', () => {
    expect(anomalies(line({ id: 'a' }, { id: 'b' }, { id: 'c', waitsFor: 'n-1' }))).toEqual([
      'c waits for n-1, not for the one directly ahead',
    ]);
  });

  it('are children that no known library made', () => {
    expect(anomalies([], ['config'])).toEqual(['config was made by no known library and is ignored']);
  });
});
