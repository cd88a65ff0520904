/** Every promise of the embedded server, broken once. `npm run mutants -- zookeeper-server` */
import type { Mutant } from '../support/mutants.js';

/** A chapter of the recorded behaviour. */
const recorded = (chapter: string) => ({
  spec: 'spec/zookeeper-server/behaviour.spec.ts',
  test: `recorded to ${chapter}`,
});
const MACHINE = 'spec/zookeeper-server/machine.spec.ts';
const FAULTS = 'spec/zookeeper-server/faults.spec.ts';
const LAG = 'spec/zookeeper-server/lag.spec.ts';

const lib = (file: string) => `lib/zookeeper-server/${file}.ts`;

const watches: readonly Mutant[] = [
  {
    name: 'order: the reply before the event that it shows',
    file: lib('request'),
    from: 'return [...notified(call.notices), finished(state, connection, header, error, reply)];',
    to: 'return [finished(state, connection, header, error, reply), ...notified(call.notices)];',
    ...recorded('watch'),
  },
  {
    name: 'order: changed children before what happened to the child',
    file: lib('watches'),
    from: "    ...trigger(state.dataWatches, path, EventType.created),\n    ...trigger(state.childWatches, parent || '/', EventType.childrenChanged),\n",
    to: "    ...trigger(state.childWatches, parent || '/', EventType.childrenChanged),\n    ...trigger(state.dataWatches, path, EventType.created),\n",
    ...recorded('watch'),
  },
  {
    name: 'order: who closes its session gets the reply before its own events',
    file: lib('request'),
    from: "return [...ended, reply, { kind: 'close', connection: id }];",
    to: "return [reply, ...ended, { kind: 'close', connection: id }];",
    ...recorded('watch'),
  },
  {
    name: 'order: a session that ends closes its connection before it tells others',
    file: lib('ending'),
    from: 'told : [...told, ...hungUp(state, session.connection)]',
    to: 'told : [...hungUp(state, session.connection), ...told]',
    spec: MACHINE,
  },
  {
    name: 'a plain watch stays after it fired',
    file: lib('watches'),
    from: '    if (mode === Mode.once) dropWatch(table, path, connection);\n',
    to: '',
    ...recorded('watch'),
  },
  {
    name: 'a persistent watch goes when it fires',
    file: lib('watches'),
    from: 'if (mode === Mode.once) dropWatch',
    to: 'if (mode !== Mode.recursive) dropWatch',
    ...recorded('watch'),
  },
  {
    name: 'a recursive watch hears of changed children',
    file: lib('watches'),
    from: '    if (mode === Mode.recursive && type === EventType.childrenChanged) continue;\n',
    to: '',
    ...recorded('watch'),
  },
  {
    name: 'who watches data and children hears of an end twice',
    file: lib('watches'),
    from: '.filter((notice) => !already.has(notice.connection));',
    to: '.filter(() => already.size >= 0);',
    ...recorded('watch'),
  },
  {
    name: 'a read that is refused leaves its watch',
    file: lib('requests/read'),
    from: '  const node = readable(call, path);\n  if (watch) addWatch(call.state.dataWatches, path, call.connection.id, Mode.once);\n',
    to: '  if (watch) addWatch(call.state.dataWatches, path, call.connection.id, Mode.once);\n  const node = readable(call, path);\n',
    ...recorded('watch'),
  },
  {
    name: 'setWatches misses a change right after the last seen',
    file: lib('watches'),
    from: 'node.mzxid > seen ?',
    to: 'node.mzxid > seen + 1n ?',
    ...recorded('watch'),
  },
  {
    name: 'setWatches tells again of a change that was seen',
    file: lib('watches'),
    from: 'node.mzxid > seen ?',
    to: 'node.mzxid >= seen ?',
    ...recorded('watch'),
  },
  {
    name: 'setWatches tells again of children that were seen',
    file: lib('watches'),
    from: 'node.pzxid > seen ?',
    to: 'node.pzxid >= seen ?',
    ...recorded('watch'),
  },
  {
    name: 'setWatches judges children by the data of their parent',
    file: lib('watches'),
    from: 'node.pzxid > seen ?',
    to: 'node.mzxid > seen ?',
    ...recorded('watch'),
  },
  {
    name: 'setWatches watches also where it has just told',
    file: lib('watches'),
    from: 'else notices.push({ connection, type: missed, path });',
    to: 'else {\n      addWatch(table, path, connection, Mode.once);\n      notices.push({ connection, type: missed, path });\n    }',
    ...recorded('watch'),
  },
  {
    name: 'watches outlive their connection',
    file: lib('step'),
    from: '  dropWatches(state, connection);\n  state.connections.delete(connection);\n  const session',
    to: '  state.connections.delete(connection);\n  const session',
    spec: MACHINE,
  },
];

const sessions: readonly Mutant[] = [
  {
    name: 'expiry: at the tick that the time-out ends on, not the one after it',
    file: lib('sessions'),
    from: '(Math.floor((now + timeoutMs) / tickMs) + 1) * tickMs',
    to: 'Math.ceil((now + timeoutMs) / tickMs) * tickMs',
    spec: MACHINE,
  },
  {
    name: 'expiry: a tick late',
    file: lib('sessions'),
    from: 'filter(({ expiresAt }) => expiresAt <= now)',
    to: 'filter(({ expiresAt }) => expiresAt < now)',
    spec: MACHINE,
  },
  {
    name: 'expiry: a request does not touch its session',
    file: lib('request'),
    from: '  if (session) touch(state, session, connection.timeoutMs);\n',
    to: '',
    spec: MACHINE,
  },
  {
    name: 'expiry: ephemerals outlive their session',
    file: lib('ending'),
    from: '[...(state.ephemerals.get(id) ?? [])]',
    to: '[...(state.ephemerals.get(id) ?? [])].slice(1)',
    ...recorded('session'),
  },
  {
    name: 'expiry: sessions that were away on a restart have what was left of their time',
    file: lib('step'),
    from: '  renewAll(state);\n',
    to: '',
    spec: FAULTS,
  },
  {
    name: 'move: the older connection of a session stays open',
    file: lib('handshake'),
    from: "  session.connection = undefined;\n  return [{ kind: 'close', connection }];",
    to: '  session.connection = undefined;\n  return [];',
    ...recorded('session'),
  },
  {
    name: 'move: a wrong password leaves the connection that was there alone',
    file: lib('handshake'),
    from: 'const outputs = session ? superseded(state, session) : [];',
    to: 'const outputs = session && equal(hello.password, passwordOf(session.id, state.rules)) ? superseded(state, session) : [];',
    ...recorded('session'),
  },
  {
    name: 'move: any password will do',
    file: lib('handshake'),
    from: 'if (!session || !equal(hello.password, passwordOf(session.id, state.rules)))',
    to: 'if (!session)',
    ...recorded('session'),
  },
  {
    name: 'move: a client goes back in time',
    file: lib('handshake'),
    from: 'if (!hello || hello.lastZxidSeen > state.zxid)',
    to: 'if (!hello)',
    ...recorded('session'),
  },
];

const changes: readonly Mutant[] = [
  {
    name: 'multi: what happened before the failure stays',
    file: lib('requests/multi'),
    from: '    rollback(change);\n',
    to: '',
    ...recorded('multi'),
  },
  {
    name: 'multi: undone in the order in which it was done',
    file: lib('transaction'),
    from: 'of undo.reverse()',
    to: 'of undo',
    ...recorded('multi'),
  },
  {
    name: 'multi: the failure is one place further on',
    file: lib('requests/multi'),
    from: 'at < failed ? Code.ok : at === failed ? code',
    to: 'at <= failed ? Code.ok : at === failed + 1 ? code',
    ...recorded('multi'),
  },
  {
    name: 'multi: ok after the failure too',
    file: lib('requests/multi'),
    from: 'code : Code.runtimeInconsistency',
    to: 'code : Code.ok',
    ...recorded('multi'),
  },
  {
    name: 'multi: stats are those of the end',
    file: lib('requests/multi'),
    from: 'stat: shown(applySetData(change, connection, operation))',
    to: 'stat: applySetData(change, connection, operation)',
    ...recorded('multi'),
  },
  {
    name: 'multi: numbers of a failed one are lost',
    file: lib('transaction'),
    from: 'undo.push(() => Object.assign(above, { creations, pzxid }));',
    to: 'undo.push(() => Object.assign(above, { pzxid }));',
    ...recorded('multi'),
  },
  {
    name: 'a refused change takes no zxid',
    file: lib('transaction'),
    from: '  state.zxid += 1n;\n  const time = state.rules.epochMs + Math.floor(state.now);\n  return { state, zxid: state.zxid, time, undo: [], events: [], wrapped: [] };',
    to: '  state.zxid += 1n;\n  const time = state.rules.epochMs + Math.floor(state.now);\n  const undo = [() => void (state.zxid -= 1n)];\n  return { state, zxid: state.zxid, time, undo, events: [], wrapped: [] };',
    ...recorded('change'),
  },
  {
    name: 'a sequence goes on below zero',
    file: lib('transaction'),
    from: '  for (const node of wrapped) node.creations = 2 ** 31 - 1;\n',
    to: '  wrapped.length = 0;\n',
    ...recorded('overflow'),
  },
  {
    name: 'a sequence counts the children that are there',
    file: lib('transaction'),
    from: '  const { pzxid } = above;\n  above.pzxid = zxid;\n',
    to: '  const { pzxid } = above;\n  above.creations--;\n  above.pzxid = zxid;\n',
    ...recorded('create'),
  },
  {
    name: 'a delete looks at the children before the version',
    file: lib('requests/change'),
    from: '  nextVersion(node.version, version);\n  if (childCount(node) > 0) refuse(Code.notEmpty);\n',
    to: '  if (childCount(node) > 0) refuse(Code.notEmpty);\n  nextVersion(node.version, version);\n',
    ...recorded('change'),
  },
  {
    name: 'any negative version matches',
    file: lib('requests/change'),
    from: 'expected !== -1 &&',
    to: 'expected >= 0 &&',
    ...recorded('change'),
  },
  {
    name: 'an ephemeral has children',
    file: lib('requests/create'),
    from: '  if (isEphemeral(parent)) refuse(Code.noChildrenForEphemerals);\n',
    to: '',
    ...recorded('create'),
  },
  {
    name: 'a container goes that never had children',
    file: lib('reap'),
    from: 'return node.creations > 0;',
    to: 'return true;',
    ...recorded('create'),
  },
  {
    name: 'the hash of a password is shown to everybody',
    file: lib('requests/read'),
    from: 'mayAdminister(call, path, node) ? node.acl : node.acl.map(masked)',
    to: 'node.acl.length > 0 || mayAdminister(call, path, node) ? node.acl : node.acl.map(masked)',
    ...recorded('acl'),
  },
];

const shell: readonly Mutant[] = [
  {
    name: 'lag: a write goes through',
    file: lib('lag'),
    from: 'return isWrite(opcodeOf(frame));',
    to: 'return !frame && isWrite(opcodeOf(frame));',
    spec: FAULTS,
  },
  {
    name: 'lag: who reconnects goes past it',
    file: lib('engine'),
    from: 'covers(session ?? wanted)',
    to: 'covers(session ?? wanted * 0n)',
    spec: LAG,
  },
  {
    name: 'lag: credentials are forgotten',
    file: lib('lag'),
    from: '  if (opcodeOf(frame) === OpCode.auth) ',
    to: '  if (!frame) ',
    spec: LAG,
  },
  {
    name: 'lag: a session is judged by whom its own server has heard of',
    file: lib('lag'),
    from: "if (input.kind === 'tick')",
    to: 'if (!input)',
    spec: LAG,
  },
  {
    name: 'lag: what happened is not told',
    file: lib('engine'),
    from: 'closing ? [] : lag.catchUp()',
    to: 'closing ? lag.catchUp() : []',
    spec: LAG,
  },
  {
    name: 'a lifted delay goes on',
    file: lib('link'),
    from: '    if (this.#delay?.isLifted()) this.#endDelay();\n',
    to: '',
    spec: 'spec/zookeeper-server/replies.spec.ts',
  },
  {
    name: 'a TLS handshake holds the end up',
    file: lib('endpoint'),
    from: '    for (const socket of this.#sockets) socket.destroy();\n',
    to: '',
    spec: 'spec/zookeeper-server/stopping.spec.ts',
  },
  {
    name: 'what is told at once is done at once',
    file: lib('embedded'),
    from: 'this.#last.then(act)',
    to: 'act()',
    spec: 'spec/zookeeper-server/stopping.spec.ts',
  },
  {
    name: 'a replay does not know of lost data',
    file: lib('step'),
    from: "  if (data === 'lost') forgetAll(state);\n",
    to: '',
    spec: MACHINE,
  },
  {
    name: 'lag: what is behind a write overtakes it',
    file: lib('lag'),
    from: 'if (held || isHeld(link, frame))',
    to: 'if (isHeld(link, frame))',
    spec: FAULTS,
  },
  {
    name: 'a delayed reply is overtaken',
    file: lib('link'),
    from: '!this.over && !this.#delay && ',
    to: '!this.over && ',
    spec: FAULTS,
  },
  {
    name: 'a frame is taken that is a byte too long',
    file: lib('frames'),
    from: 'length > this.#longest',
    to: 'length > this.#longest + 1',
    spec: 'spec/zookeeper-server/frames.spec.ts',
  },
];

export const mutants: readonly Mutant[] = [...watches, ...sessions, ...changes, ...shell];
