import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { count, leaked } from './leaks.js';
import { until } from './until.js';

describe('the leak check', () => {
  it('sees a timer', () => {
    const before = count();
    const timer = setTimeout(() => undefined, 60_000);
    expect(leaked(before)).toEqual(['Timeout × 1']);
    clearTimeout(timer);
    expect(leaked(before)).toEqual([]);
  });

  it('sees a listening server until it is closed', async () => {
    const before = count();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(leaked(before)).toEqual(['TCPServerWrap × 1']);
    server.close();
    await until(() => leaked(before).length === 0);
  });
});
