import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeProfile,
  decodeRecord,
  type ElectionRecord,
  encodeProfile,
  encodeRecord,
} from '../../lib/zookeeper/record.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const HOLDER = '_c_0000001e-89ab-8cde-8f01-23456789abcd-latch-0000000007';
const record = (more: object) =>
  bytes(JSON.stringify({ succession: 1, holder: HOLDER, id: 'a', leaseMs: 30, ...more }));
const readable = fc.string({ unit: 'grapheme' }).map((id) => id.replace(/\p{Cc}/gu, ''));

describe('the record', () => {
  const arbitrary: fc.Arbitrary<ElectionRecord> = fc.record(
    {
      holder: fc.constant(HOLDER),
      id: readable,
      leaseMs: fc.nat(2 ** 31 - 1),
      released: fc.boolean(),
      nominee: fc.stringMatching(/^[0-9a-f]{24}$/),
    },
    { requiredKeys: ['holder', 'id', 'leaseMs', 'released'] },
  );

  it('is read as it was written', () => {
    fc.assert(fc.property(arbitrary, (it) => void expect(decodeRecord(encodeRecord(it))).toEqual(it)));
  });

  it.each([
    ['nothing', ''],
    ['Curator’s address', '10.0.0.7'],
    ['half a record', '{"succession":1,"holder":"'],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[1]'],
    ['somebody else’s JSON', '{"holder":"x","leaseMs":5}'],
    ['a prototype posing as a record', `{"__proto__":{"succession":1,"holder":"${HOLDER}","leaseMs":5}}`],
  ])('is none where there is %s', (_what, text) => {
    expect(decodeRecord(bytes(text))).toBeUndefined();
  });

  it.each([
    ['no holder', { holder: undefined }],
    ['a holder that is no string', { holder: 7 }],
    ['a holder that is no place in line', { holder: '../admin' }],
    ['an empty holder', { holder: '' }],
    ['a negative lease', { leaseMs: -1 }],
    ['a lease that is no number', { leaseMs: '30' }],
    ['a lease nobody could wait for', { leaseMs: 1e15 }],
  ])('with %s is none', (_what, flaw) => {
    expect(decodeRecord(record(flaw))).toBeUndefined();
  });

  it('with an infinite lease is none', () => {
    expect(decodeRecord(bytes(`{"succession":1,"holder":"${HOLDER}","leaseMs":1e999}`))).toBeUndefined();
  });

  it('is not released by anything but true, and drops what it does not know', () => {
    const found = decodeRecord(record({ released: 'yes', nominee: 7, more: true }));
    expect(found).toEqual({ holder: HOLDER, id: 'a', leaseMs: 30, released: false });
  });

  it('may begin with a byte order mark, as editors write it', () => {
    expect(decodeRecord(new Uint8Array([0xef, 0xbb, 0xbf, ...record({})]))?.holder).toBe(HOLDER);
  });

  it('shows no control characters of whoever wrote the id', () => {
    expect(decodeRecord(record({ id: 'a\u001b[2Jb' }))?.id).toBe('a[2Jb');
  });

  it('pollutes nothing', () => {
    decodeRecord(bytes(`{"succession":1,"holder":"${HOLDER}","leaseMs":5,"__proto__":{"polluted":true}}`));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        expect(decodeRecord(any)).toBeUndefined();
        expect(decodeProfile(any).id).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('what a candidate publishes', () => {
  it('is read as it was written', () => {
    const profile = fc.record({
      id: readable,
      host: fc.string(),
      pid: fc.nat(),
      data: fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value))),
    });
    fc.assert(fc.property(profile, (it) => void expect(decodeProfile(encodeProfile(it))).toEqual(it)));
  });

  it('carries a request to step down, of which nothing but text is taken', () => {
    const asked = { to: 'b', reason: 7, by: 'c' } as unknown as { to: string };
    const found = decodeProfile(encodeProfile({ id: 'a', stepDown: asked }));
    expect(found.stepDown).toEqual({ to: 'b', reason: undefined, by: 'c' });
    expect(decodeProfile(bytes('{"succession":1,"id":"a","stepDown":true}')).stepDown).toBeUndefined();
  });

  it('is the id alone for another library, cut short and without control characters', () => {
    expect(decodeProfile(bytes('10.0.0.7\n'))).toEqual({ id: '10.0.0.7' });
    expect(decodeProfile(new Uint8Array(2 ** 20).fill(0x61)).id).toHaveLength(256);
    expect(decodeProfile(new Uint8Array())).toEqual({ id: '' });
  });
});
