/** What was claimed and released, as the store committed it: read from the wire, in the order of zxids. */

import { nameOf } from '../../lib/zookeeper-server/opcodes.js';
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
  /** Requests that name anything of the group but its members alone, and watch events, since the last `reset`. */
  requests = 0;
  events = 0;
  /** The requests by operation and by what of the group they name. */
  counts: Record<string, number> = {};
  #before = 0;
  readonly #root: string;
  /** One request may write many. */
  readonly #open = new Map<string, readonly Omit<Written, 'zxid'>[]>();
  readonly #connections = new Map<Frame['link'], number>();
  #links = 0;

  constructor(root: string) {
    this.#root = root;
  }

  reset(): void {
    this.requests = 0;
    this.events = 0;
    this.#before = this.written.length;
    this.counts = {};
  }

  /** Claims that were committed since the last `reset`. */
  get terms(): number {
    return this.written.slice(this.#before).filter(({ released }) => !released).length;
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
    const unheard = new Set(
      [...this.#open.values()]
        .flat()
        .filter(({ released }) => released)
        .map(keyOf),
    );
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
    if (named.some((rest) => !rest.startsWith('/members'))) this.#count(nameOf(code), named.at(-1) ?? '', text);
    if (code !== opcode.multi) return;
    const asked = named
      .map((rest) => /^\/roles\/([\w.-]+)[^{]*(\{"term":[^}]*\})/.exec(rest))
      .filter((record) => record !== null)
      .map((record) => ({ role: record[1]!, ...JSON.parse(record[2]!) }));
    if (asked.length > 0) this.#open.set(this.#idOf(link, wire, xid), asked);
  }

  #count(op: string, rest: string, text: string): void {
    this.requests++;
    const part = /^\/(\w+)/.exec(rest)?.[1] ?? 'root';
    const end = text.includes('"released":true') ? 'release' : 'claim';
    const what = `${op} ${op === 'multi' && part === 'roles' ? end : part}`;
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** Numbers of requests start over with each connection. */
  #idOf(link: Frame['link'], wire: string, xid: number): string {
    const connection = this.#connections.get(link) ?? this.#connections.set(link, ++this.#links).get(link);
    return `${wire} ${connection} ${xid}`;
  }

  #answered({ bytes, xid, link }: Frame, wire: string): void {
    if (xid === -1) this.events++;
    const id = this.#idOf(link, wire, xid);
    const asked = this.#open.get(id);
    if (!asked) return;
    this.#open.delete(id);
    const failed = bytes.readInt32BE(16) !== 0 || bytes.readInt32BE(20) === -1;
    if (!failed) this.written.push(...asked.map((one) => ({ ...one, zxid: bytes.readBigInt64BE(8) })));
  }
}

const keyOf = ({ role, term, owner }: Omit<Written, 'zxid'>) => `${role} ${term} ${owner}`;

const told = ({ zxid, role, term, owner, released }: Written) =>
  `${zxid}: ${role} term ${term} ${released ? 'released' : 'claimed'} by ${owner}`;
