/**
 * What each rule of the ZooKeeper recipe is for: without it the simulation sees a violation.
 *
 * `SUCCESSION_SIM_RUNS=3000 npm run mutants -- sim`: some take more runs than `npm test` has.
 */
import type { Mutant } from '../support/mutants.js';

const spec = 'spec/sim/zookeeper.spec.ts';
const inClaim = { spec, file: 'lib/zookeeper/claim.ts' };
const inHold = { spec, file: 'lib/zookeeper/hold.ts' };
const inLease = { spec, file: 'lib/election/lease.ts' };
const inEnlist = { spec, file: 'lib/zookeeper/enlist.ts' };
const inRenewal = { spec, file: 'lib/zookeeper/renewal.ts' };
const inWithdraw = { spec, file: 'lib/zookeeper/withdraw.ts' };

export const mutants: readonly Mutant[] = [
  {
    ...inRenewal,
    name: 'the lease is counted from the receipt of a proof',
    from: 'map((): Round => ({ sent, wishes: asked })),',
    to: 'map((): Round => ({ sent: instant(clock), wishes: asked })),',
  },
  {
    ...inClaim,
    name: 'the lease is counted from the receipt of the claim',
    from: 'return of({ token: done[1]!.mzxid!, version, sent, clearAt, previous });',
    to: 'return of({ token: done[1]!.mzxid!, version, sent: { now: standing.options.clock.now(), wall: standing.options.clock.wall() }, clearAt, previous });',
  },
  {
    ...inLease,
    name: 'the successor does not wait',
    from: 'if (!previous || previous.released) return firstAt;',
    to: 'if (previous !== null) return firstAt;',
  },
  {
    ...inClaim,
    name: 'the successor waits its own lease',
    from: 'return clearFrom(seat.firstAt!, previous, options.clockDrift);',
    to: 'return clearFrom(seat.firstAt!, previous && { ...previous, leaseMs: seat.session.timings.leaseMs }, options.clockDrift);',
  },
  {
    ...inLease,
    name: 'the successor waits without the drift',
    from: '(1 + 2 * clockDrift)',
    to: '(1 + 0 * clockDrift)',
  },
  {
    ...inClaim,
    name: 'the successor counts from when it joined',
    from: 'return clearFrom(seat.firstAt!, previous, options.clockDrift);',
    to: 'return clearFrom(seat.firstAt! - seat.session.timings.leaseMs / 2, previous, options.clockDrift);',
  },
  {
    ...inWithdraw,
    name: 'who still waits says goodbye',
    from: 'const released = claim !== undefined && standing.options.clock.now() >= claim.clearAt;',
    to: 'const released = claim !== undefined;',
  },
  {
    ...inClaim,
    name: 'a claim writes its own lease, whoever it still waits for',
    from: '  leaseMs: seat.leaseMs,',
    to: '  leaseMs: seat.session.timings.leaseMs,',
  },
  {
    ...inClaim,
    name: 'the claim does not check its own znode',
    from: "      { op: 'check', path: seat.path },\n",
    to: "      { op: 'check', path: standing.path },\n",
  },
  {
    ...inRenewal,
    name: 'the renewal does not name our znodes',
    from: "return multi(paths.map((path) => ({ op: 'check', path }))).pipe(",
    to: "return multi(paths.map(() => ({ op: 'check', path: '/' }))).pipe(",
  },
  {
    ...inHold,
    name: 'nothing is proven between the wait and the first belief',
    from: "return session.multi([{ op: 'check', path: seat.path }]).pipe(",
    to: "return session.multi([{ op: 'check', path: '/' }]).pipe(",
  },
  {
    ...inRenewal,
    name: 'a read is taken as a proof',
    from: "export function prover({ multi }: Pick<Requests, 'multi'>, connected$: Observable<unknown>, clock: Clock): Prove {\n",
    to: "export function prover(requests: Pick<Requests, 'multi'>, connected$: Observable<unknown>, clock: Clock): Prove {\n  const multi = ((ops: readonly { path: string }[]) => (requests as Requests).get(ops[0]!.path)) as unknown as Requests['multi'];\n",
  },
  {
    ...inEnlist,
    name: 'the line is searched without a write first',
    from: "return session.multi([{ op: 'check', path }]).pipe(\n    switchMap(() => session.children(path)),",
    to: 'return session.children(path).pipe(',
  },
  {
    ...inEnlist,
    name: 'a znode of another session is adopted',
    from: 'found.filter(({ owner }) => owner === session.id);',
    to: 'found.filter(() => true);',
  },
  {
    ...inEnlist,
    name: 'after a lost answer another znode is made',
    from: 'return (standing.attempted ? recover(session, standing) : of(undefined)).pipe(',
    to: 'return (standing.profile.id === "" ? recover(session, standing) : of(undefined)).pipe(',
  },
  {
    ...inEnlist,
    name: 'in a new session the place of the old one is taken for what there is to leave',
    from: '  standing.seat = undefined;\n  return (standing.attempted',
    to: '  return (standing.attempted',
  },
  {
    spec,
    file: 'lib/zookeeper/line.ts',
    name: 'the line is ordered by whole names',
    from: 'compare(rank(a), rank(b)) ||',
    to: 'compare(rank(a) === rank(b) ? 0 : 0, 0) ||',
  },
  {
    ...inHold,
    name: 'belief is a flag that a timer puts out',
    from: 'const term = openTerm<ZooKeeperTerm>(claimed.token, lease.holds, fenced);',
    to: 'const term = openTerm<ZooKeeperTerm>(claimed.token, () => true, fenced);',
  },
  {
    ...inHold,
    name: 'an evicted leader is not told',
    from: '    endWith(EVICTED),\n',
    to: '',
  },
  {
    ...inHold,
    name: 'a fenced write of a place given up is sent',
    from: 'const isSeated = () => standing.seat === seat;',
    to: 'const isSeated = () => true;',
  },
  {
    spec,
    file: 'lib/zookeeper/watches.ts',
    name: 'a watch is not renewed when it fired',
    from: '      repeat(),\n',
    to: '',
  },
];
