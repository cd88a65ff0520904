import { describe, expect, it } from 'vitest';
import { scenarios } from './scenarios.js';

describe('the transcript', () => {
  it.each(Object.keys(scenarios))('of %s is what happens', async (name) => {
    await expect(scenarios[name]!().text).toMatchFileSnapshot(`../../scenarios/${name}.txt`);
  });
});
