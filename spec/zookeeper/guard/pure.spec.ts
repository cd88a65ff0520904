import { describe, expect, it } from 'vitest';
import { backOff } from '../../../lib/zookeeper/client.js';
import { frameCutter } from '../../../lib/zookeeper/frames.js';

const bounds = { retryMinMs: 50, retryMaxMs: 1000 };
const many = (failures: number) => Array.from({ length: 2000 }, () => backOff(failures, bounds));

describe('back-off', () => {
  it.each([
    [0, 50],
    [1, 100],
    [3, 400],
    [5, 1000],
    [10_000, 1000],
  ])('after %i failures waits anything up to %i ms', (failures, bound) => {
    const waits = many(failures);
    expect(Math.max(...waits)).toBeLessThanOrEqual(bound);
    expect(Math.max(...waits)).toBeGreaterThan(0.9 * bound);
    expect(Math.min(...waits)).toBeLessThan(0.1 * bound);
  });
});

describe('cutting a stream into frames', () => {
  const frame = (text: string) => {
    const bytes = Buffer.alloc(4 + text.length, text, 'latin1');
    bytes.writeInt32BE(text.length);
    bytes.write(text, 4, 'latin1');
    return bytes;
  };
  const stream = Buffer.concat(['one', '', 'three and more', 'x'.repeat(300)].map(frame));

  it.each([1, 2, 3, 4, 5, 7, 64, 1000])('yields the same frames from chunks of %i bytes', (size) => {
    const cut = frameCutter();
    const frames: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) frames.push(...cut(stream.subarray(at, at + size)));
    expect(frames.map((bytes) => bytes.toString('latin1', 4))).toEqual(['one', '', 'three and more', 'x'.repeat(300)]);
  });

  it('keeps nothing for the next connection', () => {
    frameCutter()(stream.subarray(0, 5));
    expect(frameCutter()(frame('whole'))).toEqual([frame('whole')]);
  });

  it.each([-1, 2 ** 31 - 1])('throws at a length of %i', (length) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    expect(() => frameCutter()(bytes)).toThrow(`a frame of ${length} bytes`);
  });
});
