/** What each rule of the line, its watches and the fences is for: without it the simulation sees a violation. */
import type { Change } from './trial.js';

export const ofTheLine: readonly Change[] = [
  {
    file: 'lib/zookeeper/enlist.ts',
    name: 'the line is searched without a write first',
    from: "return session.multi([{ op: 'check', path }]).pipe(\n    switchMap(() => session.children(path)),",
    to: 'return session.children(path).pipe(',
  },
  {
    file: 'lib/zookeeper/enlist.ts',
    name: 'a znode of another session is adopted',
    from: 'found.filter(({ owner }) => owner === session.id);\n  const others = [...more, ...found.filter(({ owner }) => owner !== session.id)];',
    to: 'found;\n  const others = more;',
  },
  {
    file: 'lib/zookeeper/enlist.ts',
    name: 'what an older session has left in line is not removed',
    from: 'const others = [...more, ...found.filter(({ owner }) => owner !== session.id)];',
    to: 'const others = more;',
  },
  {
    file: 'lib/zookeeper/enlist.ts',
    name: 'after a lost answer another znode is made',
    from: 'return (standing.attempted ? recover(session, standing) : of(undefined)).pipe(',
    to: 'return (standing.profile.id === "" ? recover(session, standing) : of(undefined)).pipe(',
  },
  {
    file: 'lib/zookeeper/enlist.ts',
    name: 'in a new session the place of the old one is taken for what there is to leave',
    from: '  standing.seat = undefined;\n  return (standing.attempted',
    to: '  return (standing.attempted',
  },
  {
    file: 'lib/zookeeper/election.ts',
    name: 'a place is given up with a wire that never came back',
    from: 'afterwards(of(doubt(error)), () => again(resumed$, session, standing))',
    to: 'afterwards(of(doubt(error)), () => afterwards(again(resumed$, session, standing), () => gone(session, standing)))',
  },
  {
    file: 'lib/zookeeper/roll.ts',
    name: 'the line is ordered by whole names',
    from: '  if (one.sequence !== sequence) return one.sequence - sequence;\n',
    to: '',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'an evicted leader is not told',
    from: '    endWith(EVICTED),\n',
    to: '',
  },
  {
    file: 'lib/zookeeper/hold.ts',
    name: 'a fenced write of a place given up is sent',
    from: 'const isSeated = () => standing.seat === seat;',
    to: 'const isSeated = () => true;',
  },
  {
    file: 'lib/zookeeper/watches.ts',
    name: 'a watch is not renewed when it fired',
    from: '    else this.look();\n',
    to: '',
  },
  {
    file: 'lib/zookeeper/election.ts',
    name: 'whoever expired does not stand again',
    from: 'session ? inSession(session, standing, followed)',
    to: 'session && !standing.attempted ? inSession(session, standing, followed)',
  },
  {
    file: 'lib/zookeeper/election.ts',
    name: 'whoever lost the connection sleeps on when it is back',
    from: 'error instanceof ConnectionLostError ? session.connected$ : jitter(standing)',
    to: 'error instanceof ConnectionLostError ? NEVER : jitter(standing)',
    imports: 'NEVER',
  },
  {
    file: 'lib/zookeeper/follow.ts',
    name: 'whoever sees the one ahead go takes itself for the first',
    from: 'if (howMany(this.#left) <= 1) return',
    to: 'if (howMany(this.#left) >= 0) return',
  },
  {
    file: 'lib/zookeeper/watches.ts',
    name: 'one that is gone already is waited for',
    from: 'if (isNoNode(error)) this.who.complete();',
    to: 'if (isNoNode(error)) return;',
  },
  {
    file: 'lib/zookeeper/requests.ts',
    name: 'a place is watched by exists',
    from: '(path) => get(path, true)',
    to: `(path) =>
      client
        .submit('watch', path, ({ connectionManager }, answer) =>
          connectionManager.queue(new Writer().text(real(path)).bool(true).frame(3), () => answer(null, undefined)))
        .pipe(mergeMap(() => get(path)))`,
    imports: 'mergeMap',
  },
  {
    file: 'lib/zookeeper/watches.ts',
    name: 'a watch is lost with its connection',
    from: "connection === 'connected' && this.#renew()",
    to: 'connection === undefined && this.#renew()',
  },
  {
    file: 'lib/zookeeper/transaction.ts',
    name: 'a fenced write has no fence',
    from: 'session.multi([...fence, ...ops])',
    to: 'session.multi(ops)',
  },
  {
    file: 'lib/zookeeper/transaction.ts',
    name: 'a fenced write checks its znode alone',
    from: "    { op: 'check', path: record, version: claimed.version },\n",
    to: "    { op: 'check', path: own },\n",
  },
  {
    file: 'lib/zookeeper/transaction.ts',
    name: 'a fenced write checks its claim alone',
    from: "    { op: 'check', path: own },\n",
    to: "    { op: 'check', path: record },\n",
  },
  {
    file: 'lib/zookeeper/claim.ts',
    name: 'a claim by a znode of another session counts',
    from: 'if (own.owner !== session.id) return EMPTY;\n',
    to: '',
    equivalent:
      'A place is made by its own session, or found with its owner. Only where an election was deleted and made again, while a session given up still had a create on its way, ' +
      'can a name be of another session; and whoever leads by it is as safe, since claim, renewals and fences name the znode, and its end is told.',
  },
  {
    file: 'lib/zookeeper/withdraw.ts',
    name: 'who leaves does not look for what a lost create has left',
    from: 'recover(session, standing).pipe(switchMap((path) => (path ? orNothing(session.remove(path)) : of(undefined))))',
    to: 'of(undefined)',
  },
  {
    file: 'lib/zookeeper/enlist.ts',
    name: 'a claim under a name that came again is taken for the own one before',
    from: 'if (standing.claim?.seat.name === name) standing.claim = undefined;',
    to: '',
  },
  {
    file: 'lib/zookeeper/withdraw.ts',
    name: 'a goodbye held up on its way ends a later claim',
    from: 'path: standing.path, data, version };',
    to: 'path: standing.path, data, version: version - version - 1 };',
    equivalent:
      'ZooKeeper carries out the requests of a session in the order in which they were sent, and none of an old connection once the session has moved to a new one: ' +
      'so no goodbye is carried out after a claim that was sent later. The version helps where something between breaks that order.',
  },
];
