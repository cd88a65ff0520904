/** One request of a connection that has a session. @pure */
import { endSession } from './ending.js';
import { Code, codeOf, Refusal } from './errors.js';
import { JuteReader, JuteWriter } from './jute.js';
import { OpCode, Xid } from './opcodes.js';
import { notified, type Output } from './outputs.js';
import { requestHeader } from './records.js';
import type { Call, Handler } from './requests/call.js';
import { authenticate } from './requests/identity.js';
import { handlers } from './requests/index.js';
import { touch } from './sessions.js';
import type { Connection, State } from './state.js';

interface Header {
  readonly xid: number;
  readonly type: number;
}

/** A frame too short for its header ends the connection; anything else gets a reply. */
export function answer(state: State, from: number, frame: Uint8Array): Output[] {
  const connection = state.connections.get(from);
  const request = new JuteReader(frame);
  const header = connection && headerOf(request);
  if (!connection || !header) return [{ kind: 'close', connection: from }];
  connection.received++;
  const session = state.sessions.get(connection.session);
  if (header.type === OpCode.auth) return authenticated(connection, header, request);
  if (session) touch(state, session, connection.timeoutMs);
  if (header.type === OpCode.closeSession) return closed(state, connection, header);
  return handled(state, connection, header, request);
}

function headerOf(request: JuteReader): Header | undefined {
  try {
    return requestHeader(request);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Notices first, then the reply that shows what they tell of. */
function handled(state: State, connection: Connection, header: Header, request: JuteReader): Output[] {
  const handler = handlers.get(header.type);
  if (!handler) return unimplemented(connection, header);
  const reply = new JuteWriter().int(0).long(0n).int(0);
  const call: Call = { state, connection, request, reply, notices: [] };
  const error = run(handler, call);
  return [...notified(call.notices), finished(state, connection, header, error, reply)];
}

const HEADER_AT = 4;
const BODY_AT = 20;

/** The code of what went wrong; a refused request has no body. */
function run(handler: Handler, call: Call): number {
  try {
    handler(call);
    return Code.ok;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    call.reply.rewind(BODY_AT);
    return code;
  }
}

/** ReplyHeader => xid zxid error */
function finished(state: State, connection: Connection, header: Header, error: number, reply: JuteWriter): Output {
  const ping = header.type === OpCode.ping;
  reply.header(HEADER_AT, ping ? Xid.ping : header.xid, state.zxid, error);
  return { kind: 'reply', connection: connection.id, opcode: header.type, error, frame: reply.frame() };
}

/** The server hangs up on whoever asks for what it does not know (UnimplementedRequestProcessor). */
function unimplemented({ id }: Connection, { xid, type }: Header): Output[] {
  const frame = new JuteWriter().int(xid).long(-1n).int(Code.unimplemented).frame();
  const reply: Output = { kind: 'reply', connection: id, opcode: type, error: Code.unimplemented, frame };
  return [reply, { kind: 'close', connection: id }];
}

/** A credential of a scheme that nobody knows ends the connection, after a reply that says so. */
function authenticated(connection: Connection, header: Header, request: JuteReader): Output[] {
  const known = knows(connection, request);
  const error = known ? Code.ok : Code.authFailed;
  const frame = new JuteWriter().int(header.xid).long(0n).int(error).frame();
  const reply: Output = { kind: 'reply', connection: connection.id, opcode: OpCode.auth, error, frame };
  return known ? [reply] : [reply, { kind: 'close', connection: connection.id }];
}

function knows(connection: Connection, request: JuteReader): boolean {
  try {
    return authenticate(connection, request);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** The reply, behind what the session's own end tells its own watches; then the connection ends. */
function closed(state: State, connection: Connection, header: Header): Output[] {
  const { id, session } = connection;
  const ended = endSession(state, session).filter((output) => output.kind !== 'close');
  const reply = finished(state, connection, header, Code.ok, new JuteWriter().int(0).long(0n).int(0));
  return [...ended, reply, { kind: 'close', connection: id }];
}
