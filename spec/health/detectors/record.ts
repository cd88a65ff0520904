/**
 * Records when heartbeats really arrive: a child process beats over loopback TCP, this one notes the instants. What
 * delays them is the machine itself: its scheduler, its other work.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Recording {
  readonly intervalMs: number;
  /** How long to listen, in ms. */
  readonly forMs: number;
}

/** The arrivals in ms after the first one, by this process's monotonic clock. */
export async function record(self: string, { intervalMs, forMs }: Recording): Promise<number[]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const child = fork(self, ['--beat', String(portOf(server)), '--interval-ms', String(intervalMs)]);
  try {
    const [socket] = (await once(server, 'connection', { signal: AbortSignal.timeout(10_000) })) as [Socket];
    return await arrivals(socket, forMs);
  } finally {
    child.kill('SIGKILL');
    server.close();
  }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** One byte is one heartbeat; several that arrive together arrived at the same instant. */
async function arrivals(socket: Socket, forMs: number): Promise<number[]> {
  const heard: number[] = [];
  socket.on('data', (bytes) => {
    const at = performance.now();
    for (const _ of bytes) heard.push(at);
  });
  socket.on('error', () => undefined);
  const end = setTimeout(() => socket.destroy(), forMs);
  await once(socket, 'close');
  clearTimeout(end);
  return heard.map((at) => Math.round((at - (heard[0] ?? 0)) * 100) / 100);
}

/** The child's side. */
export function beatTo(port: number, intervalMs: number): void {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const timer = setInterval(() => socket.write('.'), intervalMs);
  socket.on('error', () => undefined);
  socket.on('close', () => clearInterval(timer));
}
