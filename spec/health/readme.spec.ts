import { readFileSync } from 'node:fs';
import { map } from 'rxjs';
import { expect, it } from 'vitest';
import { connect } from '../../lib/connect.js';
import { beat, channelOf, monitor, yieldWhen } from '../../lib/health/index.js';
import { until } from '../support/until.js';

it('runs as the README has it: the health of a group is told, and a leader that is critical passes leadership on', async () => {
  await using backend = await connect('memory:readme-health');
  const jobs = backend.election('orders/reindexer');
  const me = jobs.campaign({ id: 'web-1' });
  const other = jobs.campaign({ id: 'web-2' });
  const queue: unknown[] = [];
  const console = { log: (line: string) => void lines.push(line) };
  const lines: string[] = [];
  // From here
  const channel = channelOf(backend, 'health/reindexer');
  const pulse$ = beat(channel, {
    id: 'web-1',
    gauges: { queue: () => queue.length },
    thresholds: { queue: { degraded: 100, critical: 1000 } },
  });
  const workers = monitor(channel, { expected: 2 });

  workers.failures$.subscribe(({ id, silentMs }) => console.log(`${id} has been silent for ${silentMs} ms`));
  workers.clusterHealth$.subscribe(({ status, alive, size, quorum }) =>
    console.log(`${status}: ${alive} of ${size} alive, a majority is ${quorum}`),
  );
  const status$ = pulse$.pipe(map(({ status }) => status));
  const fit = yieldWhen(jobs, me, { status$, members$: workers.members$, criticalMs: 200 }).subscribe();
  // to here
  const neighbour = beat(channel, { id: 'web-2', thresholds: busyIsFine }).subscribe();
  await until(() => lines.some((line) => / 2 of 2 alive, a majority is 2$/.test(line)));
  queue.length = 1_000;
  await until(() => other.isLeader());
  neighbour.unsubscribe();
  fit.unsubscribe();
});

it('is what the README has', () => {
  const spec = readFileSync('spec/health/readme.spec.ts', 'utf8');
  const [, body = ''] = /\/\/ From here\n([\s\S]*?) *\/\/ to here/.exec(spec) ?? [];
  expect(body).toContain('yieldWhen');
  expect(readFileSync('README.md', 'utf8')).toContain(body.replace(/^ {2}/gm, ''));
});

const busyIsFine = { loadPerCore: false, memoryUsed: false, eventLoopLagMs: false, diskUsed: false } as const;
