import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../lib/cli/exit-code.js';
import { ran, start } from '../cli/support.js';
import { BareClient } from '../support/bare-client.js';
import { createCertificates } from '../support/tls.js';
import { until } from '../support/until.js';
import { Wire } from './wire.js';

const serving = (...options: string[]) => start(['server', '--port', '0', ...options]);

describe('succession server', () => {
  it('prints where it is, warns, and ends with 0 when interrupted', async () => {
    const { stdout, stderr, code, interrupt } = serving();
    const connect = await until(() => stdout.lines[0]);
    const wire = await Wire.open(connect);
    interrupt(new InterruptedError('SIGTERM'));
    expect(await code).toBe(0);
    await until(() => wire.closed);
    expect(connect).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(stderr.text).toContain('not for production');
  });

  it('listens where it is told', async () => {
    const { stdout, code, interrupt } = serving('--host', '::1');
    const connect = await until(() => stdout.lines[0]);
    expect(connect).toMatch(/^\[::1\]:\d+$/);
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(0);
  });

  it('speaks JSON', async () => {
    const { stdout, code, interrupt } = serving('-o', 'json');
    const line = await until(() => stdout.lines[0]);
    expect(JSON.parse(line)).toMatchObject({ connect: expect.stringMatching(/^127/), pid: process.pid });
    interrupt(new InterruptedError('SIGINT'));
    await code;
  });

  it('serves TLS', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'server-'));
    const { cert, key, ca, files } = await createCertificates(folder);
    const [cert_, key_] = [files.server, files.server];
    const { stdout, code, interrupt } = serving('--tls-cert', cert_, '--tls-key', key_, '--tls-ca', files.authority);
    const connect = await until(() => stdout.lines[0]);
    using client = await BareClient.connect({ connect, port: Number(connect.split(':')[1]), cert, key, ca });
    expect(await client.create('/tls', '')).toMatchObject({ error: 0 });
    interrupt(new InterruptedError('SIGINT'));
    await code;
    await rm(folder, { recursive: true });
  });

  it('says so when the port is taken', async () => {
    const first = serving();
    const port = (await until(() => first.stdout.lines[0])).split(':')[1] as string;
    expect(await ran(['server', '--port', port])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EADDRINUSE'),
    });
    first.interrupt(new InterruptedError('SIGINT'));
    await first.code;
  });

  it('refuses a tick that never passes: no session would ever end', async () => {
    expect(await ran(['server', '--port', '0', '--tick', '0'], { signal: AbortSignal.abort() })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('tickMs: must be a number of milliseconds from 1'),
    });
  });

  it('knows what a port is, and that a certificate has a key', async () => {
    expect(await ran(['server', '--port', '70000'])).toMatchObject({ code: 2 });
    expect(await ran(['server', '--tls-cert', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--tls-key'),
    });
  });
});
