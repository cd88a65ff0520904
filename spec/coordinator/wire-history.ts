/** What was claimed and released, as the store committed it: read from the wire, in the order of zxids. */
import type { Frame, Proxy as Wire } from '../support/proxy.js';
import { opcode } from '../support/proxy.js';

export interface Written {
  readonly zxid: bigint;
  readonly role: string;
  readonly term: number;
  readonly owner: string;
  readonly member: string;
  readonly released: boolean;
  readonly clean: boolean;
}

export class WireHistory {
  readonly written: Written[] = [];
  /** Requests that name anything of the group but its members alone, and notifications, since the last `reset`. */
  requests = 0;
  notifications = 0;
  readonly #root: string;
  readonly #open = new Map<string, Omit<Written, 'zxid'>>();
  readonly #connections = new Map<Frame['link'], number>();
  #count = 0;

  constructor(root: string) {
    this.#root = root;
  }

  reset(): void {
    this.requests = 0;
    this.notifications = 0;
  }

  /** Listens to everything that passes there. `wire` tells one process's wire from another's. */
  listen(proxy: Wire, wire: string): void {
    proxy.onRequest((frame, pass) => {
      if (!frame.handshake) this.#asked(frame, wire);
      pass();
    });
    proxy.onReply((frame, pass) => {
      if (!frame.handshake) this.#answered(frame, wire);
      pass();
    });
  }

  /** Every claim that was committed while another's stood: its last owner had neither released, nor was it dead. */
  overlaps(isDead: (owner: Written) => boolean): string[] {
    // A process that ends may not wait for the last answers: such a release may have been committed.
    const unheard = new Set([...this.#open.values()].filter(({ released }) => released).map(keyOf));
    const last = new Map<string, Written>();
    const wrong: string[] = [];
    for (const one of [...this.written].sort((a, b) => (a.zxid < b.zxid ? -1 : 1))) {
      const before = last.get(one.role);
      last.set(one.role, one);
      const claims = !one.released;
      if (claims && one.term !== (before?.term ?? 0) + 1) wrong.push(`${told(one)} after ${before && told(before)}`);
      // Whose own lease lapsed claims again from the same place: nobody else has been in between.
      const again = before?.member === one.member;
      if (claims && before && !before.released && !again && !unheard.has(keyOf(before)) && !isDead(before))
        wrong.push(`${told(one)} over ${told(before)}`);
    }
    return wrong;
  }

  #asked({ bytes, opcode: code, xid, link }: Frame, wire: string): void {
    const text = bytes.toString('latin1');
    const named = text.split(this.#root).slice(1);
    if (named.some((rest) => !rest.startsWith('/members'))) this.requests++;
    if (code !== opcode.multi) return;
    const record = /^\/roles\/([\w.-]+)[^{]*(\{"term":[^}]*\})/.exec(named.at(-1) ?? '');
    if (record) this.#open.set(this.#idOf(link, wire, xid), { role: record[1]!, ...JSON.parse(record[2]!) });
  }

  /** Numbers of requests start over with each connection. */
  #idOf(link: Frame['link'], wire: string, xid: number): string {
    const connection = this.#connections.get(link) ?? this.#connections.set(link, ++this.#count).get(link);
    return `${wire} ${connection} ${xid}`;
  }

  #answered({ bytes, xid, link }: Frame, wire: string): void {
    if (xid === -1) this.notifications++;
    const id = this.#idOf(link, wire, xid);
    const asked = this.#open.get(id);
    if (!asked) return;
    this.#open.delete(id);
    const failed = bytes.readInt32BE(16) !== 0 || bytes.readInt32BE(20) === -1;
    if (!failed) this.written.push({ ...asked, zxid: bytes.readBigInt64BE(8) });
  }
}

const keyOf = ({ role, term, owner }: Omit<Written, 'zxid'>) => `${role} ${term} ${owner}`;

const told = ({ zxid, role, term, owner, released }: Written) =>
  `${zxid}: ${role} term ${term} ${released ? 'released' : 'claimed'} by ${owner}`;
