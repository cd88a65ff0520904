import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReader, createSeal, framed } from '../../lib/peers/frames.js';
import { accepting, dialing, type Handshake, type Own } from '../../lib/peers/handshake.js';
import type { Link } from '../../lib/peers/link.js';
import { settle } from '../../lib/peers/mesh.js';

const own = (self: string, secret: string | undefined = 'a secret of the group'): Own => ({
  self,
  life: `life of ${self}`,
  secret: secret === undefined ? undefined : Buffer.from(secret),
});
const anybody = () => true;
/** As it arrives: what is `undefined` does not. */
const wire = (message: unknown) => JSON.parse(JSON.stringify(message));

/** The three messages, each after `change`. */
function shake(a: Own, b: Own, change = (message: object, _at: number): object => message) {
  const { hello, handshake } = dialing(a, b.self);
  const accept = accepting(b, anybody);
  const welcome = accept(wire(change(hello, 0))).send as object;
  const atDialer = handshake(wire(change(welcome, 1)));
  const atAcceptor = accept(wire(change(atDialer.send as object, 2)));
  return { dialer: atDialer.met, acceptor: atAcceptor.met };
}

describe('a handshake', () => {
  it('ends with both knowing each other, and who dialled', () => {
    const { dialer, acceptor } = shake(own('a'), own('b'));
    expect(dialer).toMatchObject({ peer: 'b', life: 'life of b', dialer: 'a' });
    expect(acceptor).toMatchObject({ peer: 'a', life: 'life of a', dialer: 'a' });
  });

  it('fails at the dialer first when the secrets differ', () => {
    expect(() => shake(own('a'), own('b', 'another secret'))).toThrow('does not know the secret');
  });

  it.each([
    ['nothing', { proof: undefined }],
    ['something else', { proof: Buffer.alloc(32).toString('base64') }],
  ])('fails at the dialer, which proves nothing itself, when the acceptor proves %s', (_, changed) => {
    const { hello, handshake } = dialing(own('a'), 'b');
    const welcome = accepting(own('b'), anybody)(wire(hello)).send;
    expect(() => handshake(wire({ ...welcome, ...changed }))).toThrow('does not know the secret');
  });

  it('fails at the dialer when another peer answers, with a proof of its own', () => {
    const { hello, handshake } = dialing(own('a'), 'c');
    const welcome = accepting(own('b'), anybody)(wire({ ...hello, to: 'b' })).send;
    expect(() => handshake(wire(welcome))).toThrow('b answered in the place of c');
  });

  it('fails at the acceptor when the dialer proves nothing', () => {
    const proofless = (message: object, at: number) => (at === 2 ? {} : message);
    expect(() => shake(own('a'), own('b'), proofless)).toThrow('does not know the secret');
  });

  it.each(['from', 'life', 'nonce'])('fails when somebody in between changes %s', (field) => {
    const changed = (at: number) => (message: object, now: number) =>
      now === at ? { ...message, [field]: `another ${field} that is long enough for a nonce` } : message;
    for (const at of [0, 1]) expect(() => shake(own('a'), own('b'), changed(at))).toThrow();
  });

  it('takes no proof for another direction, another pair or another time', () => {
    const first = dialing(own('a'), 'b');
    const accept = accepting(own('b'), anybody);
    const welcome = accept(wire(first.hello)).send as { proof: string };
    expect(() => accept(welcome)).toThrow('does not know the secret');
    const again = accepting(own('b'), anybody);
    again(wire(first.hello));
    const { send } = first.handshake(wire(welcome));
    expect(() => again(wire(send))).toThrow('does not know the secret');
  });

  it('refuses whoever is no peer, whoever wants somebody else, and whatever is no greeting', () => {
    const { hello } = dialing(own('a'), 'b');
    expect(() => accepting(own('b'), () => false)(hello)).toThrow('is not a peer');
    expect(() => accepting(own('c'), anybody)(hello)).toThrow('it wants b');
    for (const garbage of [null, 1, 'x', [], {}, { type: 'succession/1' }, { ...hello, nonce: '' }])
      expect(() => (accepting(own('b'), anybody) as Handshake)(garbage)).toThrow();
  });
});

describe('a sealed stream', () => {
  it('opens what was closed, in the order in which it was, and nothing else', () => {
    const [out, into] = [createSeal(Buffer.from('key')), createSeal(Buffer.from('key'))];
    const frames = ['one', 'two', 'three'].map((text) => out.close(Buffer.from(text)));
    expect(frames.map((frame) => into.open(frame)?.toString())).toEqual(['one', 'two', 'three']);
  });

  it.each([
    ['repeated', [0, 0]],
    ['left out', [1]],
    ['moved', [1, 0]],
  ])('notices a frame that was %s', (_, order) => {
    const [out, into] = [createSeal(Buffer.from('key')), createSeal(Buffer.from('key'))];
    const frames = ['one', 'two'].map((text) => out.close(Buffer.from(text)));
    expect(order.map((at) => into.open(frames[at] as Buffer))).toContain(undefined);
  });

  it('notices every changed bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(), fc.integer({ min: 0, max: 7 }), (body, at, bit) => {
        const frame = Buffer.from(createSeal(Buffer.from('key')).close(Buffer.from(body)));
        const byte = at % frame.length;
        frame[byte] = (frame[byte] as number) ^ (1 << bit);
        expect(createSeal(Buffer.from('key')).open(frame)).toBe(undefined);
      }),
    );
  });

  it('is read alike however it is cut into chunks', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 10 });
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (all, sizes) => {
        const taken: string[] = [];
        const read = createReader(
          () => 100,
          (content) => void taken.push(content.toString('hex')),
        );
        const stream = Buffer.concat(all.map((body) => framed(Buffer.from(body))));
        for (let from = 0, n = 0; from < stream.length; n += 1) {
          const size = sizes[n % sizes.length] as number;
          expect(read(stream.subarray(from, from + size))).toBe(true);
          from += size;
        }
        expect(taken).toEqual(all.map((body) => Buffer.from(body).toString('hex')));
      }),
    );
  });

  it('ends at a frame that is too large, before it is there', () => {
    const read = createReader(
      () => 10,
      () => expect.unreachable(),
    );
    expect(read(Buffer.from([0, 0, 0, 11]))).toBe(false);
  });
});

describe('two links of one pair', () => {
  const link = (dialer: string, life = 'now'): Link =>
    ({ peer: 'x', dialer, life, send() {}, end() {}, destroy() {} }) as Link;

  it('end as the one that the smaller id opened, whichever came first at either end', () => {
    for (const order of [0, 1]) {
      const [byA, byB] = [link('a'), link('b')];
      const both = order === 0 ? [byA, byB] : [byB, byA];
      expect(settle(both, 'a')).toEqual({ kept: both, ended: [], destroyed: [] });
      expect(settle(both, 'b')).toEqual({ kept: [byA], ended: [byB], destroyed: [] });
    }
  });

  it('are the newer one alone when the peer has a new life, or the same one dialled again', () => {
    const [before, again, reborn] = [link('a'), link('a'), link('b', 'later')];
    expect(settle([before, again], 'b')).toEqual({ kept: [again], ended: [], destroyed: [before] });
    expect(settle([before, reborn], 'a')).toEqual({ kept: [reborn], ended: [], destroyed: [before] });
  });
});
