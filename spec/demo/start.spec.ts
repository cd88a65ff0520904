import { expect, it } from 'vitest';
import { expectTheStory, play } from './play.js';

it('npm start needs nothing but Node: a resignation, a kill and a pause on the embedded server, and how long each left nobody in the lead', async () => {
  const { text, code } = await play({ PATH: '' });
  expectTheStory(text);
  expect(text).toMatch(/ZooKeeper: the embedded one, .* 127\.0\.0\.1:\d+$/m);
  expect(code).toBe(0);
}, 60_000);

it('npm start says what it cannot do, and ends with 1', async () => {
  expect(await play({ SUCCESSION_URL: 'memory:' })).toMatchObject({ code: 1, text: expect.stringContaining('three') });
  expect(await play({}, '--unreal')).toMatchObject({ code: 1, text: expect.stringContaining('--unreal') });
});
