import { expect, inject, it } from 'vitest';
import { expectTheStory, play } from './play.js';

it('npm start plays on the ensemble that SUCCESSION_URL names', async () => {
  const { text, code } = await play({ SUCCESSION_URL: `zookeeper://${inject('zookeeper')}` });
  expectTheStory(text);
  expect(text).toContain('ZooKeeper: the one SUCCESSION_URL names');
  expect(code).toBe(0);
}, 60_000);

it('npm start -- --real starts a real one, and plays on it', async () => {
  const { PATH, DOCKER_HOST, HOME } = process.env;
  const { text, code } = await play({ PATH, HOME, ...(DOCKER_HOST && { DOCKER_HOST }) }, '--real');
  expectTheStory(text);
  expect(text).toMatch(/ZooKeeper: a real one, in a (process|container) of its own/);
  expect(code).toBe(0);
}, 60_000);
