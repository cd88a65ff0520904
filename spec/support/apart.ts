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

/** The one of three that differs from the others. Undefined, too, where not all of them serve and keep up within 300 ms. */
export async function findApart(servers: readonly ZooKeeperServer[]): Promise<Apart | undefined> {
  if (!servers.every(({ running }) => running)) return undefined;
  const looks: Look[][] = [];
  try {
    while (looks.length < 3) looks.push(await lookAtAll(servers, looks.at(-1)));
  } catch {
    return undefined;
  }
  const odd = oddOne(looks.map((look) => look.map(({ owned }) => owned)));
  return odd && { server: servers[odd.index]!, what: odd.what };
}

/**
 * Of three looks at each, one look after the other. Whoever is only behind never counts: what one has in the first look and in
 * the third, another had to have in the second. @pure
 */
export function oddOne(
  looks: readonly (readonly ReadonlySet<string>[])[],
): { index: number; what: string } | undefined {
  const [first, second, third] = looks as [ReadonlySet<string>[], ReadonlySet<string>[], ReadonlySet<string>[]];
  const lasting = first.map((owned, index) => new Set([...owned].filter((one) => third[index]!.has(one))));
  const what = lasting.flatMap((owned) => [...owned]).find((one) => !second.every((owned) => owned.has(one)));
  if (what === undefined) return undefined;
  const having = lasting.map((owned) => owned.has(what));
  const isRare = 2 * having.filter(Boolean).length < having.length;
  return { index: having.indexOf(isRare), what };
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
