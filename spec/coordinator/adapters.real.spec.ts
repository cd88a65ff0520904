import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { admitEpoch, EPOCH_HEADER, fencedUpdate, REDIS_FENCE } from '../../lib/coordinator/adapters.js';
import { createEpochGate, epochToText } from '../../lib/coordinator/epoch.js';
import { say, someRedis } from '../support/redis.js';

/** Tokens that a float would take for one. */
const OLD = 2n ** 62n;
const NEW = OLD + 1n;
const at = (token: bigint, incarnation = 'a1') => epochToText({ incarnation, token });
const digits = (token: bigint) => at(token).split('.')[1]!;

describe('a stale epoch', () => {
  it('changes no row of a database', () => {
    const update = fencedUpdate('job', ['state'], { mark: (n) => `?${n}` });
    expect(fencedUpdate('job', ['state'])).toBe('UPDATE job SET state = $1, fence = $2 WHERE id = $3 AND fence <= $2');
    const write = (state: string, token: bigint) =>
      `.parameter set ?1 "'${state}'"\n.parameter set ?2 ${token}\n.parameter set ?3 1\n${update};\nSELECT changes(), state FROM job;\n`;
    const sql = `CREATE TABLE job (id INTEGER PRIMARY KEY, state TEXT, fence INTEGER NOT NULL DEFAULT 0);
INSERT INTO job (id, state) VALUES (1, 'none');\n${write('old', OLD)}${write('new', NEW)}${write('late', OLD)}${write('again', NEW)}`;
    const said = execFileSync('sqlite3', [':memory:'], { input: sql, encoding: 'utf8' });
    expect(said.trim().split('\n')).toEqual(['1|old', '1|new', '0|new', '1|again']);
  });

  it('sets nothing in Redis', async () => {
    const redis = await someRedis();
    const [key, fence] = [`job-${process.pid}`, `fence-${process.pid}`];
    const write = (value: string, token: bigint) =>
      say(redis.connect, 'EVAL', REDIS_FENCE, '2', key, fence, digits(token), value);
    const answers = [
      await write('old', OLD),
      await write('new', NEW),
      await write('late', OLD),
      await write('again', NEW),
    ];
    expect(answers).toEqual([':1\r\n', ':1\r\n', ':0\r\n', ':1\r\n']);
    expect(await say(redis.connect, 'GET', key)).toBe('$5\r\nagain\r\n');
    await redis[Symbol.asyncDispose]();
  });

  it('is answered with 409 over HTTP', async () => {
    const gate = createEpochGate();
    const server = createServer((request, response) => {
      if (admitEpoch(gate, request, response)) response.end('done');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = async (epoch?: string) =>
      (await fetch(url, { headers: { connection: 'close', ...(epoch && { [EPOCH_HEADER]: epoch }) } })).status;
    const seen = [
      await ask(at(OLD)),
      await ask(at(NEW)),
      await ask(at(OLD)),
      await ask(at(NEW, 'b2')),
      await ask('x'),
      await ask(),
    ];
    expect(seen).toEqual([200, 200, 409, 409, 400, 400]);
    server.close();
    await once(server, 'close');
  });
});
