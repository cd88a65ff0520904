/**
 * Keeps the stock of shop.ts, and serves it over HTTP. It knows nothing of locks: it remembers the largest token that
 * anybody has shown, in the same record as the stock, and refuses smaller ones. Told to end, it tells what is left.
 *
 *     node .tmp/programs/docker/examples/inventory/warehouse.js 8080 1000      # port, opening stock
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { say } from '../support/example.js';
import { answer, openingStock, type Request } from './stock.js';

const [port = '8080', opening = '1000'] = process.argv.slice(2);
const KEEP_ALIVE_MS = 60_000;
let stock = openingStock(Number(opening));

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
  const order = await orderOf(request);
  if (!order) return response.writeHead(400).end();
  // From reading the record to replacing it without a pause: the comparison and the write are one step.
  const { accepted, stock: next } = answer(stock, order);
  stock = next;
  if (!accepted) say('refused', { kind: order.kind, token: order.token, highest: stock.token });
  return response.writeHead(accepted ? 200 : 409).end(JSON.stringify(stock));
});
await once(server.listen(Number(port), '127.0.0.1'), 'listening');
say('open', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });

process.once('SIGTERM', () => {
  say('closed', stock);
  process.exit();
});

/** GET with the token to read, PUT with the token and the new record to write. */
async function orderOf(request: IncomingMessage): Promise<Request | undefined> {
  try {
    const token = BigInt(`${request.headers['x-token']}`).toString();
    if (request.method === 'GET') return { kind: 'read', token };
    const { left, sold } = JSON.parse(await text(request));
    return request.method === 'PUT' && Number.isInteger(left) && sold
      ? { kind: 'write', token, left, sold }
      : undefined;
  } catch {
    return undefined;
  }
}
