/** Replies in words, without what differs from run to run. */
import { errors } from './vocabulary.js';

/** What a case needs to tell replies: where its zxids begin, whose session is whose, what to leave out of paths. */
export interface Frame {
  readonly zxid: bigint;
  readonly prefix: string;
  nameOf(session: bigint): string | undefined;
}

export const errorName = (code: number): string => errors[code] ?? String(code);

/** Reads a reply's body from its beginning. */
export class Body {
  readonly #bytes: Buffer;
  readonly #frame: Frame;
  #at = 0;

  constructor(bytes: Buffer, frame: Frame) {
    this.#bytes = bytes;
    this.#frame = frame;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  int(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  long(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }

  bool(): boolean {
    this.#at += 1;
    return this.#bytes[this.#at - 1] !== 0;
  }

  string(): string | null {
    const length = this.int();
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  path(): string {
    return pathIn(this.string() ?? 'null', this.#frame);
  }

  data(): string {
    const text = this.string();
    return text !== null && text.length > 100 ? `${text.length} bytes` : JSON.stringify(text);
  }

  list(read: () => string): string {
    return `[${Array.from({ length: this.int() }, read).sort().join(' ')}]`;
  }

  acl(): string {
    return this.list(() => `${this.int()}@${this.string()}:${this.string()}`);
  }

  stat(): string {
    const [czxid, mzxid, ctime, mtime] = [this.long(), this.long(), this.long(), this.long()];
    const versions = `version=${this.int()} cversion=${this.int()} aversion=${this.int()}`;
    const owner = ownerIn(this.long(), this.#frame);
    const sizes = `length=${this.int()} children=${this.int()}`;
    const times = ctime <= mtime ? '' : ' changed before it was created';
    const zxids = [czxid, mzxid, this.long()].map((zxid) => zxidIn(zxid, this.#frame)).join('/');
    return `zxids=${zxids} ${versions} owner=${owner} ${sizes}${times}`;
  }
}

/** The case's own znode is `/`. */
export function pathIn(path: string, { prefix }: Frame): string {
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : JSON.stringify(path);
}

export const zxidIn = (zxid: bigint, { zxid: from }: Frame): string =>
  zxid <= 0n ? String(zxid) : zxid < from ? 'old' : `+${zxid - from}`;

function ownerIn(owner: bigint, frame: Frame): string {
  if (owner === 0n) return 'none';
  if (owner === -(1n << 63n)) return 'container';
  if (BigInt.asUintN(64, owner) >> 56n === 0xffn) return `ttl:${owner & 0xff_ffff_ffffn}`;
  return frame.nameOf(owner) ?? 'unknown';
}

type Tell = (body: Body) => string;

const nothing: Tell = () => '';
const stat: Tell = (body) => body.stat();
const pathAndStat: Tell = (body) => `${body.path()} ${body.stat()}`;

/** What each reply holds. */
export const tellings: Record<string, Tell> = {
  create: (body) => body.path(),
  create2: pathAndStat,
  createContainer: pathAndStat,
  createTtl: pathAndStat,
  exists: stat,
  setData: stat,
  setAcl: stat,
  getData: (body) => `${body.data()} ${body.stat()}`,
  getAcl: (body) => `${body.acl()} ${body.stat()}`,
  getChildren: (body) => body.list(() => body.string() ?? 'null'),
  getChildren2: (body) => `${body.list(() => body.string() ?? 'null')} ${body.stat()}`,
  sync: (body) => body.path(),
  getEphemerals: (body) => body.list(() => body.path()),
  getAllChildrenNumber: (body) => String(body.int()),
  addWatch: (body) => errorName(body.int()),
  whoAmI: (body) => body.list(() => `${body.string()}:${body.string()}`),
  multi: multiResults,
  multiRead: multiResults,
};

export const tellingOf = (name: string): Tell => tellings[name] ?? nothing;

const results: Record<number, Tell> = {
  [-1]: (body) => errorName(body.int()),
  1: (body) => `create ${body.path()}`,
  15: (body) => `create2 ${pathAndStat(body)}`,
  19: (body) => `createContainer ${pathAndStat(body)}`,
  21: (body) => `createTtl ${pathAndStat(body)}`,
  2: () => 'delete',
  5: (body) => `setData ${body.stat()}`,
  13: () => 'check',
  4: (body) => `getData ${body.data()} ${body.stat()}`,
  8: (body) => `getChildren ${body.list(() => body.string() ?? 'null')}`,
};

/** A line each. */
function multiResults(body: Body): string {
  const lines: string[] = [];
  for (;;) {
    const [type, done, error] = [body.int(), body.bool(), body.int()];
    if (done) return lines.map((line) => `\n    ${line}`).join('');
    const told = (results[type] ?? (() => `type ${type}`))(body);
    lines.push(error === 0 || told === errorName(error) ? told : `${told} in a header that says ${errorName(error)}`);
  }
}
