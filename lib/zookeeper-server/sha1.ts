/**
 * SHA-1 (RFC 3174), which ZooKeeper's digest scheme is made of. By hand, because the core imports nothing of Node's.
 * Good for telling who is who in a test, for nothing else. @pure
 */
export function sha1(bytes: Uint8Array): Uint8Array {
  const view = padded(bytes);
  const hash = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  for (let block = 0; block < view.byteLength; block += 64) compress(hash, scheduleOf(view, block));
  const result = new DataView(new ArrayBuffer(20));
  hash.forEach((word, at) => {
    result.setUint32(at * 4, word);
  });
  return new Uint8Array(result.buffer);
}

/** A one bit, zeros, and the length in bits, to whole blocks of 64 bytes. */
function padded(bytes: Uint8Array): DataView {
  const all = new Uint8Array((((bytes.length + 8) >> 6) + 1) * 64);
  all.set(bytes);
  all[bytes.length] = 0x80;
  const view = new DataView(all.buffer);
  view.setBigUint64(all.length - 8, BigInt(bytes.length) * 8n);
  return view;
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function scheduleOf(view: DataView, block: number): Uint32Array {
  const words = new Uint32Array(80);
  const word = (at: number): number => words[at] as number;
  for (let at = 0; at < 16; at++) words[at] = view.getUint32(block + at * 4);
  for (let at = 16; at < 80; at++) words[at] = rotated(word(at - 3) ^ word(at - 8) ^ word(at - 14) ^ word(at - 16), 1);
  return words;
}

function compress(hash: Uint32Array, words: Uint32Array): void {
  let [a, b, c, d, e] = hash as unknown as [number, number, number, number, number];
  words.forEach((word, round) => {
    const [mix, constant] = mixed(round, b, c, d);
    const next = (rotated(a, 5) + mix + e + constant + word) | 0;
    [a, b, c, d, e] = [next, a, rotated(b, 30), c, d];
  });
  [a, b, c, d, e].forEach((value, at) => {
    hash[at] = (hash[at] as number) + value;
  });
}

function mixed(round: number, b: number, c: number, d: number): readonly [number, number] {
  if (round < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (round < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (round < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}
