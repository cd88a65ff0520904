/** What each rule of the lease, the claim and the goodbye is for: without it the simulation sees a violation. */
import type { Change } from './trial.js';

export const ofTheLease: readonly Change[] = [
  {
    file: 'lib/zookeeper/renewal.ts',
    name: 'the lease is counted from the receipt of a proof',
    from: 'map((): Round => ({ sent, wishes: asked })),',
    to: 'map((): Round => ({ sent: instant(clock), wishes: asked })),',
  },
  {
    file: 'lib/zookeeper/claim.ts',
    name: 'the lease is counted from the receipt of the claim',
    from: 'return of({ token: done[1]!.mzxid!, version, sent, clearAt, previous });',
    to: 'return of({ token: done[1]!.mzxid!, version, sent: { now: standing.options.clock.now(), wall: standing.options.clock.wall() }, clearAt, previous });',
  },
  {
    file: 'lib/election/lease.ts',
    name: 'the successor does not wait',
    from: 'if (!previous || previous.released) return claimedAt;',
    to: 'if (previous !== null) return claimedAt;',
  },
  {
    file: 'lib/zookeeper/claim.ts',
    name: 'the successor waits its own lease',
    from: 'const clearAt = clearOf(previous, standing);',
    to: 'const clearAt = clearOf(previous && { ...previous, leaseMs: session.timings.leaseMs }, standing);',
  },
  {
    file: 'lib/election/lease.ts',
    name: 'the successor waits without the drift',
    from: '(1 + 2 * clockDrift)',
    to: '(1 + 0 * clockDrift)',
  },
  {
    file: 'lib/zookeeper/claim.ts',
    name: 'the successor counts from long before its claim',
    from: 'const clearAt = clearOf(previous, standing);',
    to: 'const clearAt = clearOf(previous, standing) - session.timings.leaseMs / 2;',
  },
  {
    file: 'lib/zookeeper/withdraw.ts',
    name: 'who still waits says goodbye',
    from: 'const released = standing.options.clock.now() >= clearAt;',
    to: 'const released = clearAt >= 0;',
  },
  {
    file: 'lib/zookeeper/claim.ts',
    name: 'a claim writes its own lease, whoever it still waits for',
    from: 'wordsOf(seat.name, standing.profile.id, seat.leaseMs)',
    to: 'wordsOf(seat.name, standing.profile.id, session.timings.leaseMs)',
  },
  {
    file: 'lib/zookeeper/claim.ts',
    name: 'the claim does not check its own znode',
    from: "      { op: 'check', path: seat.path },\n",
    to: "      { op: 'check', path: standing.path },\n",
  },
  {
    file: 'lib/zookeeper/renewal.ts',
    name: 'the renewal does not name our znodes',
    from: "return multi([...named.values()].map((one) => ({ op: 'check', ...one }))).pipe(",
    to: "return multi([...named.values()].map(() => ({ op: 'check', path: '/' }))).pipe(",
  },
  {
    file: 'lib/zookeeper/renewal.ts',
    name: 'a read is taken as a proof',
    from: "export function prover({ multi }: Pick<Requests, 'multi'>, connected$: Observable<unknown>, clock: Clock): Prove {\n",
    to: "export function prover(requests: Pick<Requests, 'multi'>, connected$: Observable<unknown>, clock: Clock): Prove {\n  const multi = ((ops: readonly { path: string }[]) => (requests as Requests).get(ops[0]!.path)) as unknown as Requests['multi'];\n",
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'belief is a flag that a timer puts out',
    from: 'const term = openTerm<ZooKeeperTerm>(claimed.token, lease.holds, fenced);',
    to: 'const term = openTerm<ZooKeeperTerm>(claimed.token, () => true, fenced);',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'a leader believes until it is told that it is over',
    from: 'return { holds, end$: merge(renewed$, lapsed$) };',
    to: 'return { holds: () => true, end$: renewed$ };',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'the lease is never renewed',
    from: 'return { holds, end$: merge(renewed$, lapsed$) };',
    to: 'return { holds, end$: lapsed$ };',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'the holder believes for the whole session timeout after its last write',
    from: 'const { leaseMs } = session.timings;',
    to: 'const leaseMs = session.timings.sessionTimeoutMs;',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'the holder believes for half the session timeout after its last write',
    from: 'const { leaseMs } = session.timings;',
    to: 'const leaseMs = session.timings.sessionTimeoutMs / 2;',
  },
  {
    file: 'lib/zookeeper/renewal.ts',
    name: 'a renewal without an answer counts as a proof',
    from: 'if (error instanceof ConnectionLostError) throw error;',
    to: 'if (!isRefuted(error)) return of<Round>({ sent, wishes: asked });',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'who is asked to go says goodbye before the work has ended',
    from: 'const goodbye$ = drained$.pipe(switchMap(',
    to: 'const goodbye$ = of(true).pipe(switchMap(',
  },
  {
    file: 'lib/election/standing.ts',
    name: 'who resigns says goodbye before the work has ended',
    from: 'if (!this.#latest || isIdle(this.#latest)) return then();',
    to: 'if (then) return then();',
  },
  {
    file: 'lib/election/standing.ts',
    name: 'work of an earlier leadership is not waited for',
    from: 'if (this.#latest) countTogether(value, this.#latest);',
    to: '',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'the wait for a lost holder ends with the claim',
    from: 'clock.now() >= claimed.clearAt ? of(claimed.sent)',
    to: 'clock.now() >= 0 ? of(claimed.sent)',
  },
  {
    file: 'lib/zookeeper/claim.ts',
    name: 'an own earlier claim frees from what it had to wait for',
    from: 'return claim.clearAt;',
    to: 'return options.clock.now();',
  },
  {
    file: 'lib/election/lease.ts',
    name: 'a machine that was suspended goes on believing',
    from: ' && Math.abs(jump) <= UNNOTICED_JUMP_MS',
    to: '',
  },
];
