/** What the servers committed of one role, judged in the order of zxids: claims, releases, and writes that name a term. */
import { decodeRoleRecord, type RoleRecord } from '../../lib/coordinator/record.js';
import type { Change, Txn } from '../chaos/txnlog.js';

export interface RolePaths {
  readonly record: string;
  /** The members' parent. */
  readonly members: string;
  /** Holds the token of the term that wrote it, as text. */
  readonly state: string;
}

export interface Judgement {
  readonly claims: number;
  readonly writes: number;
  /** Each with the invariant that it breaks. */
  readonly wrong: readonly string[];
}

export function judge(txns: readonly Txn[], paths: RolePaths): Judgement {
  const history = new RoleHistory(paths);
  for (const txn of txns) for (const change of txn.changes) history.apply(txn, change);
  return history;
}

class RoleHistory implements Judgement {
  claims = 0;
  writes = 0;
  readonly wrong: string[] = [];
  readonly #paths: RolePaths;
  /** Members that are there, and the sessions they die with. */
  readonly #alive = new Map<string, bigint>();
  /** Of the record as it stands; `undefined` if there is none. */
  #record: { readonly said: RoleRecord; readonly token: bigint } | undefined;

  constructor(paths: RolePaths) {
    this.#paths = paths;
  }

  apply({ zxid, session }: Txn, change: Change): void {
    const { record, members, state } = this.#paths;
    if (change.op === 'close') this.#closed(session);
    else if (change.path.startsWith(`${members}/`)) this.#member(change, session);
    else if (change.path === record && change.op === 'set') this.#said(change.data, zxid);
    else if (change.path === record) this.#record = undefined;
    else if (change.path === state && change.op === 'set') this.#wrote(change.data, zxid);
  }

  #closed(session: bigint): void {
    for (const [path, owner] of this.#alive) if (owner === session) this.#alive.delete(path);
  }

  #member(change: Exclude<Change, { op: 'close' }>, session: bigint): void {
    if (change.op === 'create') this.#alive.set(change.path, session);
    if (change.op === 'delete') this.#alive.delete(change.path);
  }

  #said(data: string, token: bigint): void {
    const said = decodeRoleRecord(Buffer.from(data));
    if (!said) return void this.wrong.push(`${token}: no record: ${data}`);
    const before = this.#record?.said;
    if (!said.released) this.#claimed(said, before, token);
    else if (before?.claim !== said.claim) this.wrong.push(`${token}: I2: ${said.owner} released what it had not`);
    this.#record = { said, token };
  }

  #claimed(said: RoleRecord, before: RoleRecord | undefined, token: bigint): void {
    this.claims++;
    const lives = (member: string) => this.#alive.has(`${this.#paths.members}/${member}`);
    if (said.term !== (before?.term ?? 0) + 1) this.wrong.push(`${token}: I1: term ${said.term} after ${before?.term}`);
    if (!lives(said.member)) this.wrong.push(`${token}: I2: claimed by ${said.member}, which is gone`);
    const held = before && !before.released && before.member !== said.member && lives(before.member);
    if (held) this.wrong.push(`${token}: I2: claimed by ${said.member} while ${before.member} had it`);
  }

  #wrote(data: string, zxid: bigint): void {
    this.writes++;
    const now = this.#record;
    const owned = now && !now.said.released && this.#alive.has(`${this.#paths.members}/${now.said.member}`);
    if (!owned || `${now.token}` !== data) this.wrong.push(`${zxid}: I3, I4: a write of ${data} in ${now?.token}`);
  }
}
