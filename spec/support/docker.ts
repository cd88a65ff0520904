import { once } from 'node:events';
import { connect } from 'node:net';
import { modeOf } from './four-letter.js';
import { until } from './until.js';

/** A ZooKeeper that somebody else runs for us. */
export interface Provided extends AsyncDisposable {
  readonly connect: string;
}

/** Whether a Docker engine listens where DOCKER_HOST says, or at the usual place. */
export async function dockerAnswers(): Promise<boolean> {
  const url = new URL(process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock');
  const where =
    url.protocol === 'unix:' ? { path: url.pathname } : { host: url.hostname, port: Number(url.port) || 2375 };
  const socket = connect(where);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

/**
 * Starts a standalone ZooKeeper in a container, ready when it serves: the log line and the open port come before that,
 * and a client that connects in between is never answered.
 */
export async function startContainer(image: string): Promise<Provided> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(image)
    .withEnvironment({
      ZOO_TICK_TIME: '100',
      ZOO_MAX_CLIENT_CNXNS: '0',
      ZOO_4LW_COMMANDS_WHITELIST: '*',
      ZOO_ADMINSERVER_ENABLED: 'false',
      ZOO_CFG_EXTRA: 'minSessionTimeout=200 maxSessionTimeout=600000',
      JVMFLAGS: '-Xmx128m -Dzookeeper.forceSync=no',
    })
    .withExposedPorts(2181)
    .withWaitStrategy(Wait.forLogMessage(/binding to port/))
    .start();
  const host = container.getHost() === 'localhost' ? '127.0.0.1' : container.getHost();
  const connectString = `${host}:${container.getMappedPort(2181)}`;
  const stop = () => container.stop();
  try {
    await until(() => modeOf(connectString), {
      within: 30_000,
      describe: `the container on ${connectString} to serve`,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { connect: connectString, [Symbol.asyncDispose]: async () => void (await stop()) };
}
