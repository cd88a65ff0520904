/**
 * An inventory counter: shops in several processes sell from one stock, one at a time, and never below zero.
 *
 *     npx succession server --port 2181
 *     node .tmp/programs/docker/examples/inventory/warehouse.js 8080 1000
 *     node .tmp/programs/docker/examples/inventory/shop.js a http://127.0.0.1:8080      # and b, c … in other terminals
 *
 * Selling is reading the record, thinking, and writing a new one: two shops at once would lose sales, so a lock keeps
 * them apart. But a shop may be paused between thinking and writing, for longer than its lock lasts, and cannot know it:
 * it shows its lock's token with every request, and the warehouse (stock.ts) refuses one that is older than another.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineError } from 'succession';
import { createLock, type Held, LockLostError } from 'succession/lock';
import { openZooKeeper, say } from '../support/example.js';
import { type Stock, sale } from './stock.js';

const [id = `${process.pid}`, url = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const THINK_MS = Number(process.env.THINK_MS ?? 5);
const REQUEST_TIMEOUT_MS = 2_000;

const lock = createLock(openZooKeeper(), 'inventory/lock', { id });

for (let open = true; open; ) {
  // What comes of an attempt whose lock was lost, or whose answer did not come, is told by the record at the next one.
  open = await lock.withLock(sellOne).catch((error) => {
    if (!isPassing(error)) throw error;
    say('in doubt', { id, why: error.name });
    return true;
  });
}
say('sold out', { id });
process.exit();

/** False when there is nothing left to sell. */
async function sellOne({ token }: Held): Promise<boolean> {
  const stock = await ask('GET', token);
  const next = stock && sale(stock, id);
  if (!next) return !stock;
  say('selling', { id, token, left: next.left });
  await pause(THINK_MS);
  if (await ask('PUT', token, next)) say('sold', { id, token, left: next.left });
  return true;
}

/** The record; `undefined` if our token was refused. */
async function ask(method: string, token: bigint, body?: object): Promise<Stock | undefined> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const headers = { 'x-token': `${token}` };
  const response = await fetch(url, { method, headers, signal, body: body && JSON.stringify(body) });
  if (response.status === 409) say('refused', { id, method, token });
  return response.ok ? ((await response.json()) as Stock) : undefined;
}

/** Lost, late, or the warehouse did not answer. */
function isPassing(error: Error): boolean {
  const ours = error instanceof LockLostError || error instanceof DeadlineError;
  return ours || error.name === 'TimeoutError' || error.message === 'fetch failed';
}
