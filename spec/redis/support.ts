/** Candidates on a Redis, and what a spec waits for. */
import type { Backend } from '../../lib/election/election.js';
import { type RedisOptions, redis } from '../../lib/redis/index.js';
import type { RedisServer } from '../support/redis.js';
import { seen, until } from '../support/until.js';

export const LEASE_MS = 1_500;
const backends: Backend[] = [];
const servers: AsyncDisposable[] = [];

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(backends.splice(0).map((backend) => backend.close()));
  for (const server of servers.splice(0).reverse()) await server[Symbol.asyncDispose]();
}

/** A server, or a wire, that outlives the spec until its backends have closed: without it each would wait for its deadline. */
export function kept<T extends AsyncDisposable>(server: T): T {
  servers.push(server);
  return server;
}

/** A backend of one participant: by URL, unless a client is given. */
export function on(server: { connect: string }, more: Partial<RedisOptions> = {}) {
  const options = more.client ? more : { url: `redis://${server.connect}`, ...more };
  const backend = redis({ leaseMs: LEASE_MS, ...options });
  backends.push(backend);
  return backend;
}

export type Stander = ReturnType<typeof stand>;

export function stand(backend: Backend, id: string, name = 'jobs') {
  const me = backend.election(name, { resignTimeoutMs: 3_000 }).campaign({ id });
  return { me, told: seen(me.leadership$) };
}

/** Waits until one leads; its token. */
export async function leads({ me }: Stander): Promise<bigint> {
  return until(() => (me.leadership.role === 'leader' && me.isLeader() ? me.leadership.token : undefined), {
    within: 15_000,
    describe: () => `to lead: ${JSON.stringify(me.leadership, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`,
  });
}

export const follows = ({ told }: Stander) => told.next(({ role }) => role === 'follower', 15_000);

/** Waits until anybody of these leads. */
export async function first(...all: Stander[]): Promise<Stander> {
  return until(() => all.find(({ me }) => me.isLeader()), { within: 15_000, describe: 'somebody to lead' });
}

/** Whether two ever led at once, asked every millisecond. */
export function watchFor(...all: Stander[]) {
  let overlaps = 0;
  const sampling = setInterval(() => {
    if (all.filter(({ me }) => me.isLeader()).length > 1) overlaps += 1;
  }, 1);
  return { overlaps: () => overlaps, [Symbol.dispose]: () => clearInterval(sampling) };
}

/** Makes an election one that this server knows of: else the first to stand waits for the lease of a server just started. */
export async function known(server: RedisServer, name = 'jobs'): Promise<void> {
  const run = /run_id:(\w+)/.exec(await server.say('INFO', 'server'))?.[1] ?? '';
  await server.say('HSET', `succession:{${name}}:lease`, 'run', run);
}
