/** Requests and replies as lines of JSON over TCP. A request carries a number, and its reply the same. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Reply } from './desk.js';
import type { Request } from './group.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Line {
  /** Rejects at the deadline, and when the connection is gone. */
  ask(request: Request, timeoutMs: number): Promise<Reply>;
  close(): void;
}

/** Serves one connection; what cannot be read ends it. */
export function serve(socket: Socket, answer: (request: Request) => Promise<Reply>): void {
  socket.on('error', () => socket.destroy());
  onLine(socket, async (text) => {
    const { n, ...request } = parse(text) ?? {};
    if (n === undefined) return socket.destroy();
    const reply = await answer(request as Request);
    if (!socket.destroyed) socket.write(`${JSON.stringify({ n, ...reply })}\n`);
    return undefined;
  });
}

export async function dial({ host, port }: Address, timeoutMs: number): Promise<Line> {
  const socket = connect(port, host);
  const gone = new AbortController();
  socket.on('error', () => socket.destroy()).on('close', () => gone.abort());
  await once(socket, 'connect', { signal: AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)]) });
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  onLine(socket, (text) => {
    const { n, ...reply } = parse(text) ?? {};
    waiting.get(n)?.(reply as Reply);
    waiting.delete(n);
  });
  return {
    close: () => socket.destroy(),
    ask: async (request, within) => {
      const n = ++last;
      const replied = new Promise<Reply>((resolve) => waiting.set(n, resolve));
      socket.write(`${JSON.stringify({ n, ...request })}\n`);
      const late = AbortSignal.any([gone.signal, AbortSignal.timeout(within)]);
      const failed = once(late, 'abort').then(() => Promise.reject(new Error('no reply')));
      return Promise.race([replied, late.aborted ? Promise.reject(new Error('no connection')) : failed]);
    },
  };
}

function onLine(socket: Socket, listener: (text: string) => unknown): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) listener(line);
  });
}

function parse(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
