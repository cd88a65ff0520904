import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { memory } from '../../lib/memory/index.js';
import { until } from '../support/until.js';

const MANY = 2_000;

it(`leadership passes through ${MANY} candidates who resign as soon as they lead`, async () => {
  const election = memory({ space: randomUUID() }).election('jobs');
  let led = 0;
  const stand = () => {
    const me = election.campaign({ id: `c${led}` });
    me.leadership$.subscribe(({ role }) => {
      if (role !== 'leader') return;
      led += 1;
      if (led < MANY) stand();
      void me.resign();
    });
  };
  stand();
  await until(() => led === MANY, { describe: () => `${MANY} to lead, not ${led}` });
  expect(led).toBe(MANY);
});
