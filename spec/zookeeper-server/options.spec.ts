import { describe, expect, it } from 'vitest';
import { type EmbeddedOptions, EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';

/** Started, and stopped again. */
const started = async (options: EmbeddedOptions) => void (await (await EmbeddedZooKeeper.start(options)).stop());
const refused = (option: string) => ({ name: 'InvalidOptionError', message: expect.stringContaining(option) });

describe('an embedded server', () => {
  it.each<[string, EmbeddedOptions]>([
    ['tickMs', { tickMs: 0 }],
    ['tickMs', { tickMs: Number.NaN }],
    ['minSessionTimeoutMs', { minSessionTimeoutMs: -1 }],
    ['maxSessionTimeoutMs', { maxSessionTimeoutMs: Number.NaN }],
    ['maxSessionTimeoutMs', { minSessionTimeoutMs: 90_000 }],
    ['maxFrameBytes', { maxFrameBytes: 0 }],
    ['reapEveryMs', { reapEveryMs: -1 }],
    ['seed', { seed: 1.5 }],
  ])('refuses %s of %o', async (option, options) => {
    await expect(started(options)).rejects.toMatchObject(refused(option));
  });

  it('takes what is just possible', async () => {
    await started({ tickMs: 1, minSessionTimeoutMs: 0, maxSessionTimeoutMs: 0, reapEveryMs: 1, seed: -1 });
  });

  it('does not let time go back', async () => {
    await using zk = await EmbeddedZooKeeper.start({ virtualTime: true });
    expect(() => zk.advance(-1)).toThrow(expect.objectContaining(refused('ms')));
    expect(() => zk.advance(Number.NaN)).toThrow(expect.objectContaining(refused('ms')));
  });
});
