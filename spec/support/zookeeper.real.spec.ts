import { expect, inject, it } from 'vitest';
import { BareClient } from './bare-client.js';
import { modeOf } from './four-letter.js';
import { until } from './until.js';

/** The shared server, however it was provided. */
it('serves sessions, and takes their ephemerals away when they close', async () => {
  const path = `/smoke-${process.pid}-${Date.now()}`;
  const client = await BareClient.connect(inject('zookeeper'));
  expect(await client.create(path, 'hello', 1)).toMatchObject({ error: 0 });
  const found = await client.getData(path);
  expect(found.body.subarray(4, 9).toString()).toBe('hello');
  await client.close();
  using other = await BareClient.connect(inject('zookeeper'));
  expect(await other.getData(path)).toMatchObject({ error: -101 });
  await other.close();
});

it('answers the four letter words', async () => {
  expect(await until(() => modeOf(inject('zookeeper')))).toMatch(/standalone|leader|follower/);
});
