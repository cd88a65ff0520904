import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';

/** A ZooKeeper to show elections on, and in words where it came from. */
export interface Found extends AsyncDisposable {
  readonly url: string;
  readonly about: string;
}

export interface Wanted {
  /** The user's own ensemble: `SUCCESSION_URL`. It goes before everything else. */
  readonly url?: string;
  /** A real server rather than the embedded one. */
  readonly real?: boolean;
}

/** Quick enough to watch; an ensemble with a longer tick negotiates more. */
const SESSION = 'sessionTimeoutMs=2000';

/** The one that is named; or a real one, started for this; or the embedded one, which needs nothing but this process. */
export function findZooKeeper({ url, real }: Wanted, say: (line: string) => void): Promise<Found> {
  if (url) return given(url);
  return real ? started(say) : embedded();
}

async function given(url: string): Promise<Found> {
  if (url.startsWith('memory:'))
    throw new Error('SUCCESSION_URL must name a ZooKeeper: memory: is one process, this takes three.');
  const quick = url.includes('sessionTimeoutMs') ? url : `${url}${url.includes('?') ? '&' : '?'}${SESSION}`;
  return { url: quick, about: 'the one SUCCESSION_URL names', [Symbol.asyncDispose]: async () => undefined };
}

async function embedded(): Promise<Found> {
  const server = await EmbeddedZooKeeper.start();
  return found(server, server.connectString, 'the embedded one, inside this process');
}

/** A container where Docker answers; else a child process, for which Java and ZooKeeper are installed if need be. */
async function started(say: (line: string) => void): Promise<Found> {
  const { dockerAnswers, startContainer } = await import('../support/docker.js');
  const { ensureServers } = await import('../support/install.js');
  const { startZooKeeper } = await import('../support/zookeeper.js');
  say('Starting a real ZooKeeper …');
  const container = (await dockerAnswers()) ? await startContainer('zookeeper:3.9').catch(() => undefined) : undefined;
  if (container) return found(container, container.connect, 'a real one, in a container of its own');
  ensureServers();
  const server = await startZooKeeper();
  return found(server, server.connect, 'a real one, in a process of its own');
}

function found(server: AsyncDisposable, connect: string, what: string): Found {
  return {
    url: `zookeeper://${connect}?${SESSION}`,
    about: `${what}, at ${connect}`,
    [Symbol.asyncDispose]: () => Promise.resolve(server[Symbol.asyncDispose]()),
  };
}
