import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { opcode, startProxy, type TcpProxy } from './proxy.js';
import { until } from './until.js';

let echo: Awaited<ReturnType<typeof startEcho>>;
let proxy: TcpProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  echo = await startEcho();
  proxy = await startProxy({ host: '127.0.0.1', port: echo.port });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
});

describe('the proxy', () => {
  it('forwards both ways, counts and reports', async () => {
    const client = await dial();
    client.send('hello');
    await client.hears('hello');
    expect(proxy.bytes).toEqual({ toClient: 5, toServer: 5 });
    expect([proxy.connections, proxy.open]).toEqual([1, 1]);
    proxy.reset();
    expect([proxy.connections, proxy.open, proxy.bytes.toServer]).toEqual([0, 1, 0]);
  });

  it('passes on that a side has closed', async () => {
    const client = await dial();
    client.send('bye');
    await client.hears('bye');
    client.socket.end();
    await until(() => client.closed && proxy.open === 0 && echo.open === 0);
  });

  it('holds bytes and ends, and lets them go later', async () => {
    const client = await dial();
    proxy.hold();
    client.send('one');
    const other = await dial();
    other.send('two');
    other.socket.end();
    await until(() => proxy.connections === 2 && echo.open === 2);
    expect([echo.heard, client.heard, other.closed]).toEqual(['', '', false]);
    proxy.forward();
    await client.hears('one');
    await until(() => other.closed);
  });

  it('drops one direction and not the other', async () => {
    const client = await dial();
    proxy.drop('toClient');
    client.send('lost');
    await until(() => echo.heard === 'lost' && proxy.bytes.toServer === 4);
    proxy.forward();
    client.send('found');
    await client.hears('found');
  });

  it('cuts what is open and serves what comes after', async () => {
    const [client, other] = [await dial(), await dial()];
    proxy.cut();
    await until(() => client.closed && echo.open === 0);
    expect(other.error).toBeUndefined();
    const next = await dial();
    next.send('again');
    await next.hears('again');
  });

  it('cuts with a reset', async () => {
    const client = await dial();
    client.send('x');
    await client.hears('x');
    proxy.cut('reset');
    await until(() => client.closed);
    expect(client.error).toMatchObject({ code: 'ECONNRESET' });
  });

  it.each([
    ['toClient', 'abc'],
    ['toServer', 'abc'],
  ] as const)('cuts after n bytes %s', async (direction, passed) => {
    const client = await dial();
    const cut = proxy.cutAfter(3, direction);
    client.send('abcdef');
    await cut;
    await until(() => client.closed);
    expect(direction === 'toClient' ? client.heard : echo.heard).toBe(passed);
    const next = await dial();
    next.send('abcdef');
    await next.hears('abcdef');
  });

  it('accepts and stays silent, for that connection for ever', async () => {
    proxy.silent();
    const client = await dial();
    client.send('anybody?');
    await until(() => proxy.open === 1);
    proxy.forward();
    const next = await dial();
    next.send('yes');
    await next.hears('yes');
    expect([client.heard, client.closed, echo.heard]).toEqual(['', false, 'yes']);
  });

  it('accepts and closes at once', async () => {
    const before = await dial();
    proxy.refuse();
    const client = await dial();
    await until(() => client.closed && before.closed);
    expect(proxy.open).toBe(0);
  });

  it('goes down and comes up on the same port', async () => {
    const client = await dial();
    await proxy.down();
    await until(() => client.closed);
    await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.up();
    const next = await dial();
    next.send('back');
    await next.hears('back');
  });

  it('closes the client when nobody listens behind it', async () => {
    await echo[Symbol.asyncDispose]();
    const client = await dial();
    await until(() => client.closed);
  });

  it('delays', async () => {
    const client = await dial();
    proxy.delay(30);
    const started = performance.now();
    client.send('slow');
    await client.hears('slow');
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
  });
});

describe('frames', () => {
  it('are counted however they are cut into chunks', async () => {
    const client = await dial();
    const bytes = Buffer.concat([handshake, request(1, opcode.create), request(2, opcode.getData)]);
    for (const byte of bytes) client.socket.write(Buffer.from([byte]));
    await until(() => proxy.frames.toClient === 3);
    expect(proxy.frames.toServer).toBe(3);
  });

  it('are offered to a hook with xid and opcode, which the handshake lacks', async () => {
    const client = await dial();
    const offered: unknown[] = [];
    proxy.onRequest((frame, pass) => {
      offered.push([frame.handshake, frame.xid, frame.opcode]);
      if (frame.xid !== 2) pass();
    });
    client.socket.write(Buffer.concat([handshake, request(1, opcode.create), request(2, 4), request(3, 4)]));
    await until(() => proxy.frames.toClient === 3);
    expect(offered).toEqual([
      [true, Number.NaN, Number.NaN],
      [false, 1, opcode.create],
      [false, 2, opcode.getData],
      [false, 3, opcode.getData],
    ]);
  });

  it('of one opcode lose their reply, and the connection with it', async () => {
    const client = await dial();
    const lost = proxy.loseReplyOf(opcode.create);
    client.socket.write(Buffer.concat([handshake, request(1, opcode.getData), request(2, opcode.create)]));
    await lost;
    await until(() => client.closed);
    expect(proxy.frames).toEqual({ toServer: 3, toClient: 2 });
    const next = await dial();
    next.socket.write(Buffer.concat([handshake, request(1, opcode.create)]));
    await until(() => proxy.frames.toClient === 4);
  });
});

const handshake = Buffer.concat([Buffer.from([0, 0, 0, 12]), Buffer.alloc(12, 1)]);

function request(xid: number, code: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeInt32BE(8, 0);
  bytes.writeInt32BE(xid, 4);
  bytes.writeInt32BE(code, 8);
  return bytes;
}

/** A client of the proxy that remembers what it heard. */
async function dial() {
  const socket = connect(proxy.port, '127.0.0.1').setNoDelay(true);
  const client = {
    socket,
    heard: '',
    closed: false,
    error: undefined as Error | undefined,
    send: (text: string) => void socket.write(text),
    hears: (text: string) => until(() => client.heard === text, { describe: () => `${text}, not ${client.heard}` }),
  };
  sockets.push(socket);
  socket.on('data', (chunk) => {
    client.heard += chunk;
  });
  socket.on('close', () => {
    client.closed = true;
  });
  await once(socket, 'connect');
  socket.on('error', (error) => {
    client.error = error;
  });
  return client;
}

async function startEcho() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (chunk) => {
      echo.heard += chunk;
      socket.write(chunk);
    });
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    heard: '',
    port: (server.address() as AddressInfo).port,
    get open() {
      return sockets.size;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server.close(), 'close');
    },
  };
}
