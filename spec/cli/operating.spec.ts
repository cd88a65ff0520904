import { describe, expect, it } from 'vitest';
import { world } from './world.js';

describe('succession step-down', () => {
  it('waits for the next leadership and shows both', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    stand('worker-2');
    const { code, lines, stderr } = await succession('step-down', 'orders');
    expect(code).toBe(0);
    expect(lines[0]).toBe('         LEADER     TOKEN');
    expect(lines[1]).toMatch(/^before {3}worker-1 {3}\d+$/);
    expect(lines[2]).toMatch(/^after {4}worker-2 {3}\d+$/);
    expect(stderr).toBe('worker-1 handed over to worker-2.\n');
  });

  it('hands over to the one that --to names', async () => {
    const { stand, succession } = world();
    for (const id of ['worker-1', 'worker-2', 'worker-3']) stand(id);
    const { code, stdout } = await succession('step-down', 'orders', '--to', 'worker-3', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ before: { id: 'worker-1' }, after: { id: 'worker-3' } });
  });

  it('does nothing and exits with 5 unless --expect-leader leads', async () => {
    const { stand, succession } = world();
    const leader = stand('worker-1');
    const { code, stderr } = await succession('step-down', 'orders', '--expect-leader', 'worker-2');
    expect(code).toBe(5);
    expect(stderr).toContain('Expected worker-2 to lead, but worker-1 does: nothing was done.');
    expect(leader.isLeader()).toBe(true);
  });

  it('exits with 3 if nobody leads, or nobody else stood ready', async () => {
    const { stand, succession } = world();
    expect((await succession('step-down', 'orders')).code).toBe(3);
    stand('worker-1');
    const { code, stderr } = await succession('step-down', 'orders');
    expect(code).toBe(3);
    expect(stderr).toBe('worker-1 stepped down, but leads again: nobody else stood ready.\n');
  });

  it('exits with 4 if --to names nobody', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    expect((await succession('step-down', 'orders', '--to', 'worker-9')).code).toBe(4);
  });

  it('exits with 6 if the work does not end in time', async () => {
    const { stand, succession } = world();
    const leader = stand('worker-1');
    let end = () => {};
    const working = new Promise<void>((resolve) => {
      end = resolve;
    });
    leader.lead(() => working);
    const { code, stderr } = await succession('step-down', 'orders', '--timeout', '50ms');
    end();
    expect(code).toBe(6);
    expect(stderr).toContain('did not happen within 50 ms');
    expect(stderr).toContain('--timeout');
  });
});

describe('succession evict', () => {
  it('says what it risks and removes', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    stand('worker-2');
    const { code, stdout, stderr } = await succession('evict', 'orders', 'worker-1');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'evicted worker-1, leader at position 1\n' });
    expect(stderr).toContain('only fencing tokens keep it from what the next leader does');
    expect((await succession('leader', 'orders')).stdout).toBe('worker-2\n');
  });

  it('exits with 4 if nobody of that id stands', async () => {
    const { code, stderr } = await world().succession('evict', 'orders', 'worker-9');
    expect(code).toBe(4);
    expect(stderr).toContain('No participant worker-9 stands in orders.');
  });
});

describe('succession doctor', () => {
  it('examines clocks, connection and line, and says what the backend cannot tell', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    const { code, lines, stderr } = await succession('doctor', 'orders', '-o', 'json');
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line).code)).toEqual(['event-loop-lag', 'clock-drift', 'connection', 'ids']);
    expect(stderr).toBe('This backend tells nothing about its servers.\n');
  });

  it('warns of one id that stands twice', async () => {
    const { stand, succession } = world();
    stand('twin');
    stand('twin');
    const { code, stdout } = await succession('doctor', 'orders');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^WARN +duplicate-id +twin +stands 2 times/m);
  });
});
