import { type BareClient, text } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';

/** The names below a znode, by bare sockets. */
export async function childrenOf(client: BareClient, path: string): Promise<string[]> {
  const { body } = await client.request(opcode.getChildren, text(path), Buffer.from([0]));
  return namesOf(body);
}

/** The names in the reply. */
export function namesOf(body: Buffer): string[] {
  const names: string[] = [];
  for (let at = 4, left = body.readInt32BE(0); left > 0; left--) {
    const end = at + 4 + body.readInt32BE(at);
    names.push(body.toString('utf8', at + 4, end));
    at = end;
  }
  return names;
}
