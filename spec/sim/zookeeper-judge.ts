/** What no run of the recipe may show. Looks after every event, with the eye of true time. */
import type { Candidacy } from '../../lib/election/election.js';
import type { Leadership, Term } from '../../lib/election/leadership.js';
import type { Ensemble } from '../../lib/sim/ensemble.js';
import type { Timeline } from '../../lib/sim/virtual-time.js';
import { identityIn } from '../../lib/zookeeper/line.js';
import { decodeProfile, decodeRecord } from '../../lib/zookeeper/record.js';
import type { State } from '../../lib/zookeeper-server/state.js';

export const laws = [
  /** Law 4, asked of every process at every event, of those that are paused too; and of the term of whoever still drains. */
  'one leader at a time',
  /** Law 2. */
  'tokens rise',
  /** Law 3. */
  'something lies between two leaderships',
  /** Whoever leads has claimed as the first in line, by a znode of its own session. */
  'the first in line leads',
  /** At once, when the znode is deleted; in the calm nobody leads who was asked to go. */
  'whoever has to go goes',
  /** No write of a deposed leader commits: none after another's claim, none when its place is gone. */
  'fenced writes are those of the last claim',
  /** Law 6: whoever says goodbye has no work any more. */
  'work ends before the goodbye',
  /** In the calm: what a session that was given up has left in line is gone, although the servers keep that session. */
  'nobody stands twice',
  /** Law 5. */
  'nobody gives up',
  /**
   * Within a session timeout, the longest lease, the longest work and a second after the last fault, whatever a session
   * that was given up has left in line; and then goes on leading.
   */
  'somebody leads',
  /** Law 7: whoever resigns is told how it ended, and no znode is left. */
  'everybody can leave',
  /** No watch on a missing path; no timer and no session after the end. */
  'nothing is left behind',
  'time goes on',
] as const;
export type Law = (typeof laws)[number];

export interface Violation {
  readonly law: Law;
  readonly atMs: number;
  readonly what: string;
}

/** A candidate under observation. */
export interface Suspect {
  readonly name: string;
  readonly identity: string;
  readonly candidacy: Candidacy;
  readonly process: { readonly isAlive: boolean };
  /** The last value of its `leadership$`. */
  last: Leadership | undefined;
  /** Its last leadership. */
  term: Term | undefined;
}

export const ELECTION = '/e';
export const FENCED = '/fenced';

interface Claim {
  readonly holder: string;
  readonly first: string | undefined;
}

export class Judge {
  readonly violations: Violation[] = [];
  readonly leaderships: { readonly atMs: number; readonly who: string; readonly token: bigint }[] = [];
  readonly suspects = new Set<Suspect>();
  /** Tokens under which work runs. */
  readonly works = new Set<bigint>();
  readonly #timeline: Timeline;
  readonly #claims = new Map<bigint, Claim>();
  #record: bigint | undefined;
  #fenced: bigint | undefined;
  #claimed = 0n;
  #newest = 0n;
  /** The last claim whose record was taken away. */
  #lostAfter = 0n;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  complain(law: Law, what: string): void {
    this.violations.push({ law, atMs: this.#timeline.now, what });
  }

  /** Whoever believes now, by its own clock. */
  believers(): Suspect[] {
    return [...this.suspects].filter(({ candidacy }) => candidacy.isLeader());
  }

  /**
   * Somebody takes the record away, and with it whom a successor has to wait for: nobody can promise that whoever leads
   * by a claim of before will have stopped in time.
   */
  recordLost(): void {
    this.#lostAfter = this.#claimed;
  }

  look(): void {
    const [one, other] = [...this.suspects].filter((suspect) => this.#holds(suspect));
    if (one && other) this.complain('one leader at a time', `${one.name} and ${other.name} say that they lead`);
    if (this.#timeline.atOnce > 10_000) this.complain('time goes on', 'it stands still');
  }

  #holds({ candidacy, process, term }: Suspect): boolean {
    const isPardoned = term !== undefined && term.token <= this.#lostAfter;
    return process.isAlive && !isPardoned && (candidacy.isLeader() || term?.isValid() === true);
  }

  heard(suspect: Suspect, value: Leadership): void {
    const { last, name, identity } = suspect;
    suspect.last = value;
    if (value.role !== 'leader') return;
    suspect.term = value;
    this.leaderships.push({ atMs: this.#timeline.now, who: name, token: value.token });
    if (last?.role === 'leader') this.complain('something lies between two leaderships', name);
    const isPardoned = value.token <= this.#lostAfter;
    if (value.token <= this.#newest && !isPardoned)
      this.complain('tokens rise', `${name} has ${value.token} after ${this.#newest}`);
    this.#newest = value.token > this.#newest ? value.token : this.#newest;
    const { holder, first } = this.#claims.get(value.token) ?? {};
    if (holder === undefined || holder !== first || identityIn(holder) !== identity)
      this.complain('the first in line leads', `${name} leads by the claim of ${holder}, ${first} was first`);
  }

  /** Those in this process have been told that this znode is gone. */
  toldOfEnd(process: Suspect['process'], path: string): void {
    for (const { name, term } of this.believers().filter((suspect) => suspect.process === process))
      if (path === `${ELECTION}/${this.#claims.get(term?.token ?? 0n)?.holder}`)
        this.complain('whoever has to go goes', `${name} leads although it knows that its znode is gone`);
  }

  /** Whoever leads in the calm has had the time to read what is asked of it. */
  lookForDeaf({ nodes }: State): void {
    for (const { name, term } of this.believers()) {
      const own = nodes.get(`${ELECTION}/${this.#claims.get(term?.token ?? 0n)?.holder}`);
      if (own?.data && decodeProfile(own.data).stepDown)
        this.complain('whoever has to go goes', `${name} leads although it was asked to step down`);
    }
  }

  /** Whoever has found the servers again has one place. */
  lookForDoubles({ nodes }: State): void {
    const identities = [...(nodes.get(ELECTION)?.children ?? [])].map(identityIn);
    const doubles = identities.filter((identity, index) => identities.indexOf(identity) !== index);
    for (const { name, identity } of this.suspects)
      if (doubles.includes(identity)) this.complain('nobody stands twice', `${name} has two places in line`);
  }

  /** Something was committed, by this session if by any. */
  committed(state: State, session: bigint | undefined): void {
    const record = state.nodes.get(ELECTION);
    if (record && record.mzxid !== this.#record) this.#recordSet(state, record.mzxid, record.data, session);
    const fenced = state.nodes.get(FENCED);
    if (!fenced || fenced.mzxid === this.#fenced) return;
    this.#fenced = fenced.mzxid;
    const token = BigInt(new TextDecoder().decode(fenced.data ?? undefined) || 0);
    const standing = this.#standing(state, session);
    if (token !== 0n && token !== standing)
      this.complain('fenced writes are those of the last claim', `${token} wrote while ${standing ?? 'nobody'} might`);
  }

  /** The last claim, as long as its place is in line, for its own session. */
  #standing({ nodes }: State, session: bigint | undefined): bigint | undefined {
    const place = nodes.get(`${ELECTION}/${this.#claims.get(this.#claimed)?.holder}`);
    return place && (session === undefined || place.owner === session) ? this.#claimed : undefined;
  }

  #recordSet(state: State, mzxid: bigint, data: Uint8Array | null, session: bigint | undefined): void {
    this.#record = mzxid;
    const record = data && decodeRecord(data);
    if (record?.released) this.#released(record.holder);
    const own = record && state.nodes.get(`${ELECTION}/${record.holder}`);
    if (!own) return;
    this.#claimed = mzxid;
    if (session !== undefined && session !== own.owner)
      this.complain('the first in line leads', `${record.holder} was claimed for by another session`);
    this.#claims.set(mzxid, { holder: record.holder, first: firstInLine(state) });
  }

  #released(holder: string): void {
    for (const token of this.works)
      if (this.#claims.get(token)?.holder === holder)
        this.complain('work ends before the goodbye', `work under ${token} runs although ${holder} has said goodbye`);
  }

  /** What must not be there when everybody has left. */
  lookForRemains({ servers, state }: Ensemble): void {
    const left = [...(state.nodes.get(ELECTION)?.children ?? [])];
    if (left.length > 0) this.complain('everybody can leave', `${left} is left`);
    for (const { state: seen, index } of servers) {
      const watched = [...seen.dataWatches.byPath.keys(), ...seen.childWatches.byPath.keys()];
      const missing = watched.filter((path) => !seen.nodes.has(path));
      if (missing.length > 0) this.complain('nothing is left behind', `server ${index} has watches on ${missing}`);
    }
  }
}

/** By creation: numbers begin again when the parent does. */
function firstInLine({ nodes }: State): string | undefined {
  const births = [...(nodes.get(ELECTION)?.children ?? [])].map(
    (name) => [name, nodes.get(`${ELECTION}/${name}`)!.czxid] as const,
  );
  return births.sort(([, a], [, b]) => (a < b ? -1 : 1))[0]?.[0];
}
