import { createClient } from 'redis';
import type { Backend } from '../../lib/election/election.js';
import { silent } from '../../lib/options.js';
import { type RedisOptions, redis } from '../../lib/redis/index.js';
import { startProxy, type TcpProxy } from '../support/proxy.js';
import type { World } from './world.js';

const LEASE_MS = 1_500;

/** Each participant reaches the server through a proxy of its own. */
export async function redisWorld(server: string, library: RedisOptions['library']): Promise<World> {
  const proxies = new Map<Backend, TcpProxy>();
  const candidates = new Map<Backend, Set<string>>();
  const proxyOf = (backend: Backend) => proxies.get(backend) as TcpProxy;
  return {
    patienceMs: 6 * LEASE_MS,
    async backend() {
      const proxy = await startProxy(server, { framed: false });
      const ids = new Set<string>();
      const debug = ({ id }: { id?: string }) => void (id && ids.add(id));
      const url = `redis://${proxy.connect}`;
      const backend = redis({ url, library, leaseMs: LEASE_MS, logger: { ...silent, debug } });
      proxies.set(backend, proxy);
      candidates.set(backend, ids);
      return backend;
    },
    crash: (backend) => proxyOf(backend).down(),
    cut: async (backend) => proxyOf(backend).hold(),
    heal: async (backend) => proxyOf(backend).forward(),
    expire: (backend) => forget(server, candidates.get(backend) ?? new Set()),
    async [Symbol.asyncDispose]() {
      for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Takes the places of these candidates, as if nothing had been heard of them for a lease; their lease is not over yet. */
async function forget(server: string, ids: ReadonlySet<string>): Promise<void> {
  const client = createClient({ url: `redis://${server}` });
  await client.connect();
  for (const key of await client.keys('*:who')) {
    for (const [name, text] of Object.entries(await client.hGetAll(key))) {
      if (!ids.has(JSON.parse(text.slice(text.indexOf(' '))).id)) continue;
      await client.zRem(key.replace(/who$/, 'line'), name);
      await client.zRem(key.replace(/who$/, 'alive'), name);
      await client.hDel(key, name);
    }
  }
  client.destroy();
}
