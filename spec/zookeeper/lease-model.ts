/**
 * A world of holders for the lease: everything that can happen between a write and its answer, in any order.
 *
 * The store and its line are modelled; what a participant decides is decided by the real pure functions, or by a mutant
 * of one. True time is the model's own; each participant sees it through a clock with its own rate, which stands still
 * while its machine is suspended.
 */
import { believes, clearFrom, type Instant, leaseToRecord, UNNOTICED_JUMP_MS } from '../../lib/election/lease.js';
import { aheadOf, identityOf, inOrder, longestLease, namePrefix, parseLine } from '../../lib/zookeeper/line.js';

/** What the recipe decides with: the real functions, or mutants of them. */
export const recipe = {
  believes,
  clearFrom,
  leaseToRecord,
  longestLease,
  /** Which instant an acknowledged write proves. */
  provenBy: (sent: Instant, _answered: Instant): Instant => sent,
  /** May a goodbye tell others not to wait? */
  mayRelease: (now: number, clearAt: number): boolean => now >= clearAt,
  /** How long a claim waits that was found written by ourselves, but whose answer was lost. */
  clearFromUnanswered: clearFrom,
  /** Which instant counts once the wait for another is over: none, a new proof must be sent. */
  provenByWaiting: (_now: Instant): Instant | undefined => undefined,
};
export type Recipe = typeof recipe;

export interface Setting {
  readonly clockDrift: number;
  /** Each participant's lease in ms, and its clock's rate as a part of the drift: 0 is slowest, 1 is fastest. */
  readonly who: readonly { readonly leaseMs: number; readonly speed: number }[];
}

/** Which of the things that can happen now happens, and how much later. */
export interface Step {
  readonly pick: number;
  readonly afterMs: number;
}

interface Stored {
  readonly holder: string;
  readonly leaseMs: number;
  readonly released: boolean;
}
type Kind = 'claim' | 'proof' | 'goodbye';
interface Sent {
  readonly kind: Kind;
  readonly from: string;
  readonly sent: Instant;
  readonly record?: Stored;
  done?: { readonly ok: boolean; readonly previous?: Stored };
}
interface Participant {
  readonly leaseMs: number;
  readonly rate: number;
  readonly id: number;
  asleepMs: number;
  name?: string;
  ahead?: readonly string[];
  toRecord: number;
  firstAt?: number;
  claim?: { readonly name: string; readonly clearAt: number };
  waiting?: boolean;
  proof?: Instant;
  readonly wire: Sent[];
}

/** Runs the steps. Says who believed together with whom, if ever, and how often anybody began to believe. */
export function live({ clockDrift, who }: Setting, steps: readonly Step[], rules: Recipe) {
  const all = who.map(({ leaseMs, speed }, id): Participant => {
    const rate = 1 - clockDrift * (1 - speed);
    return { leaseMs, rate, id, asleepMs: 0, toRecord: leaseMs, wire: [] };
  });
  let line: string[] = [];
  let record: Stored | undefined;
  let now = 0;
  let sequence = 0;
  let beliefs = 0;

  const clock = (p: Participant): Instant => ({ now: (now - p.asleepMs) * p.rate, wall: now * p.rate });
  const stillHolds = (p: Participant) => p.proof !== undefined && rules.believes(p.proof, clock(p), p.leaseMs);
  const places = () => inOrder(parseLine(line));
  const isFirst = (p: Participant) => p.ahead?.every((name) => !line.includes(name)) === true;
  const idle = (p: Participant) => p.wire.length === 0;

  function enlist(p: Participant): void {
    const identity = identityOf(`00000000-0000-4000-8000-00000000000${p.id}`);
    p.name = namePrefix('curator', identity, p.leaseMs) + String(sequence++).padStart(10, '0');
    line = [...line, p.name];
    p.ahead = p.firstAt = undefined;
  }
  function survey(p: Participant): void {
    const ahead = aheadOf(p.name!, places());
    p.ahead = ahead?.map(({ name }) => name);
    p.toRecord = rules.leaseToRecord(p.leaseMs, rules.longestLease(ahead ?? []), record);
  }
  function send(p: Participant, kind: Kind, written?: Stored): void {
    p.wire.push({ kind, from: p.name!, sent: clock(p), record: written });
  }
  function claim(p: Participant): void {
    p.proof = undefined;
    p.waiting = false;
    p.firstAt ??= clock(p).now;
    send(p, 'claim', { holder: p.name!, leaseMs: p.toRecord, released: false });
  }
  function goodbye(p: Participant): void {
    const known = p.claim?.name === p.name ? p.claim : undefined;
    const released = known !== undefined && rules.mayRelease(clock(p).now, known.clearAt);
    p.proof = undefined;
    p.waiting = false;
    send(p, 'goodbye', known && { holder: p.name!, leaseMs: p.toRecord, released });
  }
  function commit(sent: Sent): void {
    const ok = line.includes(sent.from);
    sent.done = { ok, previous: record };
    if (!ok) return;
    record = sent.record ?? record;
    if (sent.kind === 'goodbye') line = line.filter((name) => name !== sent.from);
  }
  function clearAt(p: Participant, previous: Stored | undefined): number {
    if (previous && p.claim?.name === previous.holder) return p.claim.clearAt;
    const unanswered = previous?.holder === p.name;
    return (unanswered ? rules.clearFromUnanswered : rules.clearFrom)(p.firstAt!, previous, clockDrift);
  }
  function believe(p: Participant, proof: Instant): void {
    p.waiting = false;
    p.proof = proof;
    if (stillHolds(p)) beliefs++;
  }
  function renew(p: Participant, proven: Instant): void {
    if (!stillHolds(p)) p.proof = undefined;
    else if (proven.now > p.proof!.now) p.proof = proven;
  }
  function claimed(p: Participant, proven: Instant, previous: Stored | undefined): void {
    p.claim = { name: p.name!, clearAt: clearAt(p, previous) };
    p.waiting = clock(p).now < p.claim.clearAt;
    if (!p.waiting) believe(p, proven);
  }
  function answer(p: Participant): void {
    const { kind, sent, done, from } = p.wire.shift()!;
    const proven = rules.provenBy(sent, clock(p));
    if (from !== p.name) return;
    if (!done!.ok || kind === 'goodbye') forget(p);
    else if (kind === 'claim') claimed(p, proven, done!.previous);
    else if (p.waiting) believe(p, proven);
    else renew(p, proven);
  }
  /** Time passes until the wait for another is over. */
  function waited(p: Participant): void {
    now += Math.max(0, (p.claim!.clearAt - clock(p).now) / p.rate);
    const proof = rules.provenByWaiting(clock(p));
    if (proof) believe(p, proof);
    else send(p, 'proof');
  }
  function forget(p: Participant): void {
    p.name = p.ahead = p.proof = p.firstAt = undefined;
    p.waiting = false;
  }
  /** The connection breaks: what the server has not seen is lost, what it answers is lost as well. */
  function cut(p: Participant): void {
    p.wire.length = 0;
    p.waiting = false;
    if (!stillHolds(p)) p.ahead = undefined;
  }
  function evict({ name }: Participant): void {
    line = line.filter((other) => other !== name);
  }
  function sleep(p: Participant, ms: number): void {
    now += ms;
    p.asleepMs += ms;
  }

  /** Everything that can happen to one participant now, the likelier more often. */
  function possible(p: Participant): (() => void)[] {
    const can: (() => void)[] = [];
    const may = (happens: unknown, weight: number, action: () => void) => {
      if (happens) for (let i = 0; i < weight; i++) can.push(action);
    };
    if (!p.name) return [() => enlist(p)];
    const uncommitted = p.wire.find(({ done }) => !done);
    const stands = line.includes(p.name);
    const holds = stillHolds(p);
    may(uncommitted, 6, () => commit(uncommitted!));
    may(p.wire[0]?.done, 6, () => answer(p));
    may(p.wire.length > 0, 1, () => cut(p));
    may(stands && (holds || p.waiting || p.wire.length > 0), 2, () => evict(p));
    may(!stands, 1, () => forget(p));
    may(!p.ahead, 4, () => survey(p));
    may(p.waiting && idle(p), 4, () => waited(p));
    may(idle(p) && isFirst(p) && !p.waiting && !holds, 4, () => claim(p));
    may(holds && p.wire.length < 2, 2, () => send(p, 'proof'));
    may(idle(p) && p.ahead && p.claim?.name === p.name, 1, () => goodbye(p));
    may(holds, 1, () => sleep(p, UNNOTICED_JUMP_MS / p.rate - 0.001));
    may(holds, 1, () => sleep(p, 10 * UNNOTICED_JUMP_MS));
    return can;
  }

  for (const p of all) enlist(p);
  for (const { pick, afterMs } of steps) {
    now += afterMs;
    const can = all.flatMap(possible);
    can[pick % can.length]!();
    const believers = all.filter(stillHolds);
    if (believers.length > 1) return { beliefs, overlap: believers.map(({ id }) => id) };
  }
  return { beliefs, overlap: undefined };
}
