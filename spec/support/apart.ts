/**
 * Servers of one ensemble that hold different things, and always will: ZooKeeper 3.8 can bring that about when a
 * server joins again (ZOOKEEPER-4712, 4785 and 5010). An ephemeral znode of a session that is over then stays on one of them,
 * and whoever waits there for its end waits for ever.
 */
import { ephemeralOwnersOf, zxidOf } from './four-letter.js';
import { until } from './until.js';
import type { ZooKeeperServer } from './zookeeper.js';

const KEEP_UP_MS = 300;

export interface Apart {
  readonly server: ZooKeeperServer;
  /** The ephemeral znode, and the session that owns it, that this server alone has, or alone has not. */
  readonly what: string;
}

/** What a server holds follows from the transactions that it has applied. */
interface Look {
  readonly owned: ReadonlySet<string>;
  /** The last transaction that may have had a part in it. */
  readonly until: bigint;
}

/**
 * The one of three that differs from the others. A server that is only behind never counts: what one has in its first look
 * and in its third, another had to have in its second. Undefined, too, where not all of them
 * serve, and keep up within 300 ms.
 */
export async function findApart(servers: readonly ZooKeeperServer[]): Promise<Apart | undefined> {
  const looks: Look[][] = [];
  if (!servers.every(({ running }) => running)) return undefined;
  try {
    while (looks.length < 3) looks.push(await lookAtAll(servers, looks.at(-1)));
  } catch {
    return undefined;
  }
  const [first, second, third] = looks as [Look[], Look[], Look[]];
  const lasting = first.map(({ owned }, index) => new Set([...owned].filter((one) => third[index]!.owned.has(one))));
  const what = lasting.flatMap((owned) => [...owned]).find((one) => !second.every(({ owned }) => owned.has(one)));
  return what === undefined ? undefined : { server: oddOne(servers, (index) => lasting[index]!.has(what)), what };
}

function oddOne(servers: readonly ZooKeeperServer[], has: (index: number) => boolean): ZooKeeperServer {
  const [having, lacking] = [true, false].map((which) => servers.filter((_, index) => has(index) === which));
  return (having!.length < lacking!.length ? having : lacking)![0]!;
}

/** Of states that come after all those of the look before. */
async function lookAtAll(servers: readonly ZooKeeperServer[], before: readonly Look[] = []): Promise<Look[]> {
  const latest = before.reduce((most, { until }) => (until > most ? until : most), 0n);
  const caughtUp = async ({ connect }: ZooKeeperServer) => (await zxidOf(connect)) >= latest;
  const all = async () => (await Promise.all(servers.map(caughtUp))).every(Boolean);
  await until(all, { within: KEEP_UP_MS, describe: 'servers that keep up' });
  return Promise.all(servers.map(lookAt));
}

async function lookAt({ connect }: ZooKeeperServer): Promise<Look> {
  const owners = await ephemeralOwnersOf(connect);
  const owned = [...owners].flatMap(([session, paths]) => paths.map((path) => `${path} of ${session}`));
  return { owned: new Set(owned), until: await zxidOf(connect) };
}
