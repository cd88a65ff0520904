import { Writer } from '../../lib/zookeeper/codec.js';

/** The answer to a listing, as a server gives it. */
export function listingOf(names: readonly string[]): Buffer {
  const answer = new Writer().int(0).int(0); // The header of an answer is by so much longer than a request's.
  answer.int(names.length);
  for (const name of names) answer.text(name);
  return answer.frame(0).toBuffer();
}
