import { dockerAnswers, startContainer } from '../support/docker.js';
import { ensureServers } from '../support/install.js';
import { startZooKeeper } from '../support/zookeeper.js';

/** A ZooKeeper to show elections on, and in words where it came from. */
export interface Found extends AsyncDisposable {
  readonly url: string;
  readonly about: string;
}

/** Quick enough to watch; an ensemble with a longer tick negotiates more. */
const SESSION = 'sessionTimeoutMs=2000';

/** The one SUCCESSION_URL names; a container where Docker answers; a child process, installed first if need be. */
export async function findZooKeeper(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<Found> {
  if (env.SUCCESSION_URL) return given(env.SUCCESSION_URL);
  say('Looking for a ZooKeeper; SUCCESSION_URL would name one.');
  const container = (await dockerAnswers()) ? await startContainer('zookeeper:3.9').catch(() => undefined) : undefined;
  if (!container) ensureServers();
  const server = container ?? (await startZooKeeper());
  return {
    url: `zookeeper://${server.connect}?${SESSION}`,
    about: `${server.connect}, started for this demo${container ? ' in a container' : ''}`,
    [Symbol.asyncDispose]: () => Promise.resolve(server[Symbol.asyncDispose]()),
  };
}

function given(url: string): Found {
  if (url.startsWith('memory:'))
    throw new Error('SUCCESSION_URL must name a ZooKeeper: memory: is one process, this takes three.');
  const quick = url.includes('sessionTimeoutMs') ? url : `${url}${url.includes('?') ? '&' : '?'}${SESSION}`;
  return { url: quick, about: 'the one SUCCESSION_URL names', [Symbol.asyncDispose]: async () => undefined };
}
