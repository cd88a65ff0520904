import { openRoleGroupAdmin } from '../../lib/coordinator/index.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { type Cost, Crew } from '../coordinator/crew.js';
import { goThrough } from '../coordinator/events.js';
import { BareClient } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';
import { check, endOfMulti, set } from './multi.js';
import type { BenchOptions } from './options.js';
import { eachOf } from './population.js';
import type { Report, Row } from './report.js';

/** As many as the members may move at once. */
const AT_ONCE = 50;
const CLIENTS = 5;

/**
 * Roles that change hands between five processes: what each event costs all of them together, counted on the wire, and how long
 * it takes until every role is served where it should be. Beside it as many bare multis as roles move, a check and a write each.
 */
export async function roles(server: string, { roles, root }: BenchOptions): Promise<Report> {
  const rows: Row[] = [];
  for (const count of roles) rows.push(...(await measure(server, `${root}/roles-${count}`, count)));
  const title =
    'Roles on 5 processes; ms include 1 s in which others may join, after a kill the 4 s of the session, restarting the start of 5 processes';
  const curve = { title: 'Roles moved, ms', rows, x: 'moved', y: ['ms'], each: 'event' };
  return { title, rows, curve };
}

async function measure(server: string, path: string, count: number): Promise<Row[]> {
  await using crew = await Crew.open([server], path, count);
  await using backend = zookeeper({ servers: server });
  await goThrough(crew, openRoleGroupAdmin(backend, path), count);
  const rows: Row[] = [];
  for (const [event, cost] of crew.costs)
    rows.push(row(count, event, cost, await multis(server, `${path}-bare-${rows.length}`, cost.moved)));
  return rows;
}

const row = (
  roles: number,
  event: string,
  { moved, terms, lapsed, requests, events, ms }: Cost,
  bareMs: number,
): Row => ({
  roles,
  event,
  moved,
  terms,
  lapsed,
  requests,
  'per move': requests / moved,
  'events per move': events / moved,
  ms,
  'bare multis, ms': bareMs,
  'ms/bare': ms / bareMs,
});

/** In ms. */
async function multis(server: string, path: string, count: number): Promise<number> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => BareClient.connect(server)));
  await clients[0]!.create(path, '');
  await eachOf(count, AT_ONCE, (i) => clients[i % CLIENTS]!.create(`${path}/${i}`, ''));
  const data = Buffer.from(JSON.stringify({ owner: 'a', term: 1 }));
  const write = (i: number) =>
    clients[i % CLIENTS]!.request(opcode.multi, ...check(path), ...set(`${path}/${i}`, data), endOfMulti);
  const from = performance.now();
  await eachOf(count, AT_ONCE, async (i) => {
    const { error } = await write(i);
    if (error !== 0) throw new Error(`the server answered ${error}`);
  });
  const took = performance.now() - from;
  for (const client of clients) await client.close();
  return took;
}
