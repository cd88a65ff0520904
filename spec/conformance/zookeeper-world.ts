import { once } from 'node:events';
import { connect } from 'node:net';
import type { Backend } from '../../lib/election/election.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { int, long, text } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';
import { type Frame, startProxy, type TcpProxy } from '../support/proxy.js';
import { until } from '../support/until.js';
import type { World } from './world.js';

const SESSION_TIMEOUT_MS = 3_000;

/** What a server grants with a session: whoever shows both may go on with it, or end it. */
interface Grant {
  id: bigint;
  password: Buffer;
}

/** Each participant reaches the server through a proxy of its own. */
export async function zookeeperWorld(server: string, sessionTimeoutMs = SESSION_TIMEOUT_MS): Promise<World> {
  const proxies = new Map<Backend, TcpProxy>();
  const grants = new Map<Backend, Grant>();
  const proxyOf = (backend: Backend) => proxies.get(backend) as TcpProxy;
  return {
    patienceMs: 6 * sessionTimeoutMs,
    async backend() {
      const proxy = await startProxy(server);
      const backend = zookeeper({ servers: proxy.connect, sessionTimeoutMs });
      proxies.set(backend, proxy);
      proxy.onReply((frame, pass) => {
        if (frame.handshake) grants.set(backend, grantIn(frame));
        pass();
      });
      return backend;
    },
    crash: (backend) => proxyOf(backend).down(),
    cut: async (backend) => proxyOf(backend).hold(),
    heal: async (backend) => proxyOf(backend).forward(),
    expire: async (backend) => void (await endSession(server, grants.get(backend) as Grant)),
    async [Symbol.asyncDispose]() {
      for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
    },
  };
}

/** The reply to a handshake: length, protocol, time-out, session id, password. */
function grantIn({ bytes }: Frame): Grant {
  return { id: bytes.readBigInt64BE(12), password: Buffer.from(bytes.subarray(24, 40)) };
}

/** Ends somebody's session. Its owner may be quick enough to take it back before its end is asked for: then once more. */
const endSession = (server: string, grant: Grant): Promise<unknown> =>
  until(async () => !(await takeOver(server, grant)), {
    within: SESSION_TIMEOUT_MS,
    describe: 'the session to be over',
  });

/** Takes over somebody's session and asks for its end; false if the server says that there is none any more. */
async function takeOver(server: string, { id, password }: Grant): Promise<boolean> {
  const [host, port] = server.split(':') as [string, string];
  const socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  const handshake = [int(0), long(0n), int(SESSION_TIMEOUT_MS), long(id), text(password)];
  for (const request of [handshake, [int(1), int(opcode.closeSession)]]) socket.write(framed(request));
  const closed = once(socket, 'close');
  const [reply] = (await Promise.race([once(socket, 'data'), closed])) as [Buffer | boolean];
  socket.resume();
  await closed;
  if (typeof reply !== 'object') throw new Error('the server hung up without a word');
  return reply.readInt32BE(8) > 0;
}

function framed(parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}
