/** Whoever has a shell on the ensemble: its session never ends, its requests are carried out at once. */
import type { Ensemble } from '../../lib/sim/ensemble.js';
import type { Link } from '../../lib/sim/link.js';
import { Writer } from '../../lib/zookeeper/codec.js';
import { identityIn, parseLine } from '../../lib/zookeeper/line.js';
import { multiRequest, type Op } from '../../lib/zookeeper/multi.js';
import { decodeProfile, decodeRecord, encodeProfile, encodeRecord } from '../../lib/zookeeper/record.js';
import { ELECTION, FENCED } from './zookeeper-judge.js';
import type { Member } from './zookeeper-member.js';

/** Its connection. */
export const OPERATOR = 0;
const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];

export class Operator {
  readonly #ensemble: Ensemble;
  readonly #armed = new Set<(connection: number) => boolean>();

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble;
    const hello = new Writer().int(0).int(0).int(0).int(1e9).int(0).int(0).data(new Uint8Array(16));
    const bytes = hello.frame(0).toBuffer().subarray(12);
    ensemble.submit({ kind: 'connect', connection: OPERATOR, address: '127.0.0.1', hello: bytes });
    this.#change([{ op: 'create', path: FENCED, data: new Uint8Array() }]);
  }

  evict(member: Member): void {
    for (const name of this.#namesOf(member)) this.#change([{ op: 'remove', path: `${ELECTION}/${name}` }]);
  }

  /** To step down. */
  ask(member: Member, to: Member | undefined): void {
    const stepDown = { to: to?.suspects[0]?.identity };
    for (const name of this.#namesOf(member)) {
      const path = `${ELECTION}/${name}`;
      const profile = decodeProfile(this.#ensemble.state.nodes.get(path)!.data ?? new Uint8Array());
      this.#change([{ op: 'set', path, data: encodeProfile({ ...profile, stepDown }) }]);
    }
  }

  /** How many in line have been asked. */
  get asked(): number {
    const { nodes } = this.#ensemble.state;
    const names = [...(nodes.get(ELECTION)?.children ?? [])];
    const profiles = names.map((name) => decodeProfile(nodes.get(`${ELECTION}/${name}`)?.data ?? new Uint8Array()));
    return profiles.filter(({ stepDown }) => stepDown !== undefined).length;
  }

  /** Whoever claims next shall pass. */
  nominate(member: Member | undefined): void {
    const data = this.#ensemble.state.nodes.get(ELECTION)?.data;
    const record = data && decodeRecord(data);
    const nominee = member?.suspects[0]?.identity;
    if (record && nominee) this.#change([{ op: 'set', path: ELECTION, data: encodeRecord({ ...record, nominee }) }]);
  }

  deleteElection(): void {
    const names = [...(this.#ensemble.state.nodes.get(ELECTION)?.children ?? [])];
    const below = names.map((name): Op => ({ op: 'remove', path: `${ELECTION}/${name}` }));
    this.#change([...below, { op: 'remove', path: ELECTION }]);
  }

  expire(member: Member): void {
    const session = member.link?.session;
    if (session !== undefined) this.#ensemble.submit({ kind: 'expire', session });
  }

  /** Once. Returns how to call it off. */
  afterNextWriteOf(member: Member, act: (link: Link) => void): () => void {
    return this.#arm((connection) => {
      const { link } = member;
      if (link?.id !== connection) return false;
      act(link);
      return true;
    });
  }

  /** Once, when one of them has claimed. Returns how to call it off. */
  afterNextClaimOf(members: readonly Member[], act: (claimant: Member) => void): () => void {
    let before = this.#claimNow();
    return this.#arm((connection) => {
      const claim = this.#claimNow();
      const claimant = claim === before ? undefined : members.find(({ link }) => link?.id === connection);
      before = claim;
      if (claimant) act(claimant);
      return claimant !== undefined;
    });
  }

  /** Somebody's write has been carried out. */
  written(connection: number): void {
    for (const isDone of [...this.#armed]) if (isDone(connection)) this.#armed.delete(isDone);
  }

  #arm(isDone: (connection: number) => boolean): () => void {
    this.#armed.add(isDone);
    return () => void this.#armed.delete(isDone);
  }

  /** When the record was last set to somebody who stands. */
  #claimNow(): bigint | undefined {
    const { nodes } = this.#ensemble.state;
    const found = nodes.get(ELECTION);
    const record = found?.data && decodeRecord(found.data);
    return record && nodes.has(`${ELECTION}/${record.holder}`) ? found?.mzxid : undefined;
  }

  #namesOf({ suspects }: Member): string[] {
    const names = parseLine([...(this.#ensemble.state.nodes.get(ELECTION)?.children ?? [])]);
    return names
      .map(({ name }) => name)
      .filter((name) => suspects.some(({ identity }) => identity === identityIn(name)));
  }

  #change(ops: readonly Op[]): void {
    const frame = multiRequest(ops, OPEN, (path) => path)
      .toBuffer()
      .subarray(4);
    this.#ensemble.submit({ kind: 'request', connection: OPERATOR, frame });
  }
}
