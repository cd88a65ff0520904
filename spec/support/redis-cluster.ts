import { freePort } from './ports.js';
import { type RedisServer, startRedis } from './redis.js';
import { until } from './until.js';

export interface RedisCluster extends AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly connect: string;
  /** The server that has the slot of a key now, and its id. */
  ownerOf(key: string): Promise<{ readonly server: RedisServer; readonly id: string; readonly slot: string }>;
}

const SLOTS = 16_384;

/** Three servers in cluster mode on 127.0.0.1, a third of the slots each, without replicas. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const servers = await Promise.all([0, 1, 2].map(member));
  const dispose = async () => void (await Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));
  try {
    await join(servers);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    servers,
    connect: servers[0]?.connect ?? '',
    ownerOf: (key) => ownerOf(servers, key),
    [Symbol.asyncDispose]: dispose,
  };
}

/** Its bus lies where it is free: by default it is 10000 ports above, among those of outgoing connections. */
async function member(): Promise<RedisServer> {
  return startRedis({ config: { 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()) } });
}

async function join(servers: readonly RedisServer[]): Promise<void> {
  for (const [at, server] of servers.entries()) {
    const from = Math.ceil((at * SLOTS) / servers.length);
    const to = Math.ceil(((at + 1) * SLOTS) / servers.length) - 1;
    await server.say('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    await servers[0]?.say('CLUSTER', 'MEET', '127.0.0.1', String(server.port), await busOf(server));
  }
  for (const server of servers) {
    const whole = async () => {
      const info = await server.say('CLUSTER', 'INFO');
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${servers.length}`);
    };
    await until(whole, { within: 20_000, describe: 'the cluster to be whole' });
  }
}

const busOf = async (server: RedisServer) => /@(\d+)/.exec(await server.say('CLUSTER', 'NODES'))?.[1] ?? '';

async function ownerOf(servers: readonly RedisServer[], key: string) {
  const [, slot = ''] = /:(\d+)/.exec((await servers[0]?.say('CLUSTER', 'KEYSLOT', key)) ?? '') ?? [];
  for (const server of servers) {
    const nodes = await server.say('CLUSTER', 'NODES');
    const [, id = '', from, to] = /(\w{40}) \S+ myself,\S+ .*connected (\d+)-(\d+)/.exec(nodes) ?? [];
    if (Number(from) <= Number(slot) && Number(slot) <= Number(to)) return { server, id, slot };
  }
  throw new Error(`nobody has slot ${slot}`);
}
