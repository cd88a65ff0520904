import { connect } from 'node:net';

/**
 * Asks a server one of ZooKeeper's four letter words. A server that is just starting may accept and never answer, so
 * who polls passes a short time-out.
 */
export function fourLetter(server: string, word: string, timeoutMs = 2_000): Promise<string> {
  const colon = server.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(server.slice(colon + 1)), server.slice(0, colon));
    const late = () => socket.destroy(new Error(`${server} did not answer ${word} within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    socket.on('connect', () => socket.write(word));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

export type Mode = 'standalone' | 'leader' | 'follower';

/** The part a serving server plays; undefined while it serves nobody, whatever the reason. */
export async function modeOf(server: string): Promise<Mode | undefined> {
  const answer = await fourLetter(server, 'srvr', 120).catch(() => '');
  return /^Mode: (\w+)/m.exec(answer)?.[1] as Mode | undefined;
}

/** The last transaction that the server has applied. */
export async function zxidOf(server: string): Promise<bigint> {
  const zxid = /^Zxid: (0x[0-9a-f]+)/m.exec(await fourLetter(server, 'srvr'))?.[1];
  if (zxid === undefined) throw new Error(`${server} does not serve`);
  return BigInt(zxid);
}

/** How many watches the server keeps for its clients. */
export async function watchesOf(server: string): Promise<number> {
  const answer = await fourLetter(server, 'wchs');
  return Number(/Total watches:\s*(\d+)/.exec(answer)?.[1] ?? Number.NaN);
}

/** Which sessions (`0x…`) watch which path on this server. */
export async function watchersOf(server: string): Promise<Map<string, string[]>> {
  return sections(await fourLetter(server, 'wchp'), /^(\/.*)$/, /^\s+(0x[0-9a-f]+)$/);
}

/** Which ephemeral znodes each session (`0x…`) owns. */
export async function ephemeralOwnersOf(server: string): Promise<Map<string, string[]>> {
  return sections(await fourLetter(server, 'dump'), /^(0x[0-9a-f]+):$/, /^\s+(\/.*)$/);
}

/** The paths of all ephemeral znodes. */
export async function ephemeralsOf(server: string): Promise<string[]> {
  return [...(await ephemeralOwnersOf(server)).values()].flat().sort();
}

/** The sessions (`0x…`) connected to this very server. */
export async function sessionsOf(server: string): Promise<string[]> {
  const answer = await fourLetter(server, 'cons');
  return [...answer.matchAll(/sid=(0x[0-9a-f]+)/g)].map((match) => match[1] as string);
}

/** Everything `mntr` tells, by name. */
export async function monitorOf(server: string): Promise<Map<string, string>> {
  const lines = (await fourLetter(server, 'mntr')).split('\n').filter(Boolean);
  return new Map(lines.map((line) => line.split('\t') as [string, string]));
}

/** A text of titles with indented entries below them. */
function sections(text: string, title: RegExp, entry: RegExp): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let entries: string[] = [];
  for (const line of text.split('\n')) {
    const name = title.exec(line)?.[1];
    const item = entry.exec(line)?.[1];
    if (name) {
      entries = [];
      found.set(name, entries);
    } else if (item) entries.push(item);
  }
  return found;
}
