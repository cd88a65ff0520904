import { BareClient, text } from './bare-client.js';
import { ephemeralsOf, watchersOf } from './four-letter.js';
import { opcode } from './frames.js';
import { until } from './until.js';

/** Watches kept for paths that do not exist: nobody would ever take them away while their session lives. */
export async function watchesOnMissing(server: string): Promise<string[]> {
  const watched = [...(await watchersOf(server)).keys()];
  const client = await BareClient.connect(server);
  try {
    const there = await Promise.all(watched.map((path) => exists(client, path)));
    return watched.filter((_, i) => !there[i]);
  } finally {
    await client.close();
  }
}

async function exists(client: BareClient, path: string): Promise<boolean> {
  const { error } = await client.request(opcode.exists, text(path), Buffer.from([0]));
  return error === 0;
}

/** While sessions are still open: waits until no path that is missing is watched. A watch that fires takes a moment. */
export function expectNoStrayWatch(server: string): Promise<unknown> {
  const stray = () => watchesOnMissing(server);
  return none(stray, 'watches on missing paths');
}

/** After the sessions below `root` have ended: waits until none of their znodes is left. */
export function expectNoEphemeral(server: string, root = '/', within = 10_000): Promise<unknown> {
  const left = async () => (await ephemeralsOf(server)).filter((path) => path.startsWith(root));
  return none(left, `ephemeral znodes below ${root}`, within);
}

async function none(found: () => Promise<string[]>, what: string, within = 10_000): Promise<void> {
  let last: string[] = [];
  const look = async () => {
    last = await found();
    return last.length === 0;
  };
  await until(look, { within, every: 20, describe: () => `no ${what}, found ${last.join(', ')}` });
}
