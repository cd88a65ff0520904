import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameCutter } from '../../lib/zookeeper-server/frames.js';
import { JuteReader, JuteWriter } from '../../lib/zookeeper-server/jute.js';
import { text } from '../support/bare-client.js';

const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });

/** The bytes in pieces of these lengths, over and over. */
function pieces(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += all.at(-1)?.length ?? 1)
    all.push(bytes.subarray(at, at + (lengths[all.length % lengths.length] as number)));
  return all;
}

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
    const property = fc.property(bodies, cuts, (sent, lengths) => {
      const cutter = new FrameCutter(300);
      const received: number[][] = [];
      for (const piece of pieces(Buffer.concat(sent.map((one) => text(Buffer.from(one)))), lengths)) {
        cutter.push(piece);
        for (let frame = cutter.next(); frame; frame = cutter.next()) received.push([...frame]);
      }
      expect(received).toEqual(sent.map((one) => [...one]));
      expect(cutter.holdsMore).toBe(false);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('are refused as soon as they are one byte too long', () => {
    const cutter = new FrameCutter(300);
    cutter.push(text('x'.repeat(300)));
    expect(cutter.next()).toHaveLength(300);
    cutter.push(Buffer.from([0, 0, 1, 45]));
    expect(() => cutter.next()).toThrow('a frame of 301 bytes');
  });
});

type Value = number | bigint | boolean | string | Uint8Array | null;

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.boolean(),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.uint8Array({ maxLength: 400 }),
  fc.constant(null),
);

function write(to: JuteWriter, one: Value): void {
  if (typeof one === 'number') to.int(one);
  else if (typeof one === 'bigint') to.long(one);
  else if (typeof one === 'boolean') to.bool(one);
  else if (typeof one === 'string') to.string(one);
  else to.buffer(one);
}

function read(from: JuteReader, one: Value): Value {
  if (typeof one === 'number') return from.int();
  if (typeof one === 'bigint') return from.long();
  if (typeof one === 'boolean') return from.bool();
  return typeof one === 'string' ? from.string() : from.buffer();
}

describe('records', () => {
  it('are read as they were written, also when several are written at once', () => {
    const property = fc.property(fc.array(fc.array(value), { maxLength: 6 }), (records) => {
      const writers = records.map(() => new JuteWriter());
      const longest = Math.max(0, ...records.map(({ length }) => length));
      for (let at = 0; at < longest; at++)
        for (const [n, writer] of writers.entries())
          if (at < (records[n]?.length ?? 0)) write(writer, records[n]?.[at] as Value);
      const readers = writers.map((writer) => new JuteReader(writer.frame().subarray(4)));
      expect(records.map((record, n) => record.map((one) => read(readers[n] as JuteReader, one)))).toEqual(records);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
