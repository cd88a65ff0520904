/**
 * The first frame of a connection (ZooKeeperServer.processConnectRequest): a session is made, or gone on with. A client
 * that has seen more than this server has is sent away, so that it does not go back in time. @pure
 */
import { Refusal } from './errors.js';
import { JuteReader, JuteWriter } from './jute.js';
import { OpCode } from './opcodes.js';
import type { Output } from './outputs.js';
import { connectRequest } from './records.js';
import { equal, granted, openSession, passwordOf, touch } from './sessions.js';
import type { Session, State } from './state.js';
import { dropWatches } from './watches.js';

type Hello = ReturnType<typeof connectRequest>;

export function handshake(state: State, connection: number, address: string, bytes: Uint8Array): Output[] {
  const hello = read(bytes);
  if (!hello || hello.lastZxidSeen > state.zxid) return [{ kind: 'close', connection }];
  return hello.sessionId === 0n ? open(state, connection, address, hello) : resume(state, connection, address, hello);
}

/** Which session is to be gone on with; 0 for a new one. */
export const sessionWanted = (hello: Uint8Array): bigint => read(hello)?.sessionId ?? 0n;

/** undefined for what is no greeting. */
function read(bytes: Uint8Array): Hello | undefined {
  try {
    return connectRequest(new JuteReader(bytes));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** A new session is a change like any other: it takes a zxid. */
function open(state: State, connection: number, address: string, hello: Hello): Output[] {
  const timeoutMs = granted(hello.timeoutMs, state.rules);
  state.zxid += 1n;
  const session = openSession(state, timeoutMs, connection);
  return [welcome(state, connection, address, hello, session, timeoutMs)];
}

/** Whoever shows the id closes the connection that was, whoever shows the password too goes on with the session. */
function resume(state: State, connection: number, address: string, hello: Hello): Output[] {
  const session = state.sessions.get(hello.sessionId);
  const outputs = session ? superseded(state, session) : [];
  const timeoutMs = granted(hello.timeoutMs, state.rules);
  if (!session || !equal(hello.password, passwordOf(session.id, state.rules)))
    return [...outputs, refusal(connection, hello), { kind: 'close', connection }];
  session.connection = connection;
  touch(state, session, timeoutMs);
  return [...outputs, welcome(state, connection, address, hello, session, timeoutMs)];
}

function superseded(state: State, session: Session): Output[] {
  const { connection } = session;
  if (connection === undefined) return [];
  dropWatches(state, connection);
  state.connections.delete(connection);
  session.connection = undefined;
  return [{ kind: 'close', connection }];
}

function welcome(
  state: State,
  connection: number,
  address: string,
  hello: Hello,
  { id }: Session,
  timeoutMs: number,
): Output {
  const auth = [{ scheme: 'ip', id: address }];
  state.connections.set(connection, { id: connection, session: id, timeoutMs, address, auth, received: 0 });
  return response(connection, hello, timeoutMs, id, passwordOf(id, state.rules));
}

/** No time-out and no session: the session is over, or never was. */
const refusal = (connection: number, hello: Hello): Output => response(connection, hello, 0, 0n, new Uint8Array(16));

/** ConnectResponse => protocolVersion timeOut sessionId password [readOnly], if the client spoke of it */
function response(connection: number, hello: Hello, timeoutMs: number, id: bigint, password: Uint8Array): Output {
  const writer = new JuteWriter().int(0).int(timeoutMs).long(id).buffer(password);
  if (hello.readOnly !== undefined) writer.bool(false);
  return { kind: 'reply', connection, opcode: OpCode.createSession, error: 0, frame: writer.frame() };
}
