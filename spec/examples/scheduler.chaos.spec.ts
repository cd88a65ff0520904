import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LastRun } from '../../docker/examples/scheduler/hours.js';
import { childrenOf, read } from '../../docker/examples/support/znodes.js';
import { type Actor, Stage } from './stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open({ HOUR_MS: '40' });
});
afterEach(() => stage[Symbol.asyncDispose]());

it('runs every hour once, through a kill, a pause and an orderly end of its leaders', async () => {
  for (const id of ['a', 'b', 'c']) stage.enter('scheduler/scheduler', id);
  await more();
  await leader().kill();
  await more();
  const paused = leader();
  paused.signal('SIGSTOP');
  await more((by) => by !== paused.id);
  paused.signal('SIGCONT');
  await more();
  const last = leader();
  last.signal('SIGTERM');
  await stage.until(() => last.ended);
  stage.enter('scheduler/scheduler', 'd');
  // What it has said at its end may be heard late.
  await more((by) => by !== last.id);

  // Heard first, read afterwards: the hours go on meanwhile.
  const told = stage.told<LastRun>('ran');
  const { hours, runs } = await ledger();
  expect(hours).toEqual(Array.from({ length: hours.length }, (_, n) => hours[0]! + n));
  // Nobody has told of an hour that the record gives to somebody else, and none was told of twice.
  expect(new Set(told.map(({ hour }) => hour)).size).toBe(told.length);
  for (const { hour, by, token } of told) expect(runs.get(hour)).toMatchObject({ by, token });
  const tokens = hours.map((hour) => BigInt(runs.get(hour)!.token));
  expect(tokens).toEqual([...tokens].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)));
  expect(new Set(tokens).size).toBeGreaterThanOrEqual(4);
}, 30_000);

/** Five more hours. */
async function more(by: (id: string) => boolean = () => true): Promise<void> {
  const before = stage.told<LastRun>('ran').length;
  await stage.until(
    () =>
      stage
        .told<LastRun>('ran')
        .slice(before)
        .filter((line) => by(line.by)).length >= 5,
  );
}

/** Whoever has run last. */
function leader(): Actor {
  const { by } = stage.told<LastRun>('ran').at(-1)!;
  return stage.actors.find(({ id }) => id === by)!;
}

async function ledger() {
  const hours = (await childrenOf(stage.backend, '/scheduler/runs')).map(Number).sort((x, y) => x - y);
  const found = await Promise.all(hours.map((hour) => read(stage.backend, `/scheduler/runs/${hour}`)));
  return { hours, runs: new Map(hours.map((hour, n) => [hour, JSON.parse(found[n]!.text) as LastRun])) };
}
