import type { TestProject } from 'vitest/node';
import { dockerAnswers, type Provided, startContainer } from './docker.js';
import { ensureServers } from './install.js';
import { startZooKeeper } from './zookeeper.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The connect string, `host:port`, of a ZooKeeper that all real specs share: use paths of your own. */
    zookeeper: string;
  }
}

/**
 * Vitest's global setup of the real specs: one shared ZooKeeper, and servers to start and to kill. In this order: the one
 * that SUCCESSION_TEST_ZOOKEEPER names; a container; a child process, for which Java and ZooKeeper are installed if
 * need be; one error that names the ways out. SUCCESSION_TEST_SERVERS=docker|child forces a path. Nothing is skipped.
 */
export default async function provision(project: TestProject): Promise<() => Promise<void>> {
  const { how, server } = await provide();
  process.stderr.write(`succession: the specs use ${how} at ${server.connect}\n`);
  project.provide('zookeeper', server.connect);
  return async () => server[Symbol.asyncDispose]();
}

async function provide(): Promise<{ how: string; server: Provided }> {
  const forced = forcedPath();
  if (forced !== 'docker') ensureServers(); // for the specs that stop, pause and kill servers
  const named = process.env.SUCCESSION_TEST_ZOOKEEPER;
  if (named) return { how: 'the given ZooKeeper', server: given(named) };
  const container = forced === 'child' ? undefined : await contained(forced === 'docker');
  if (container) return { how: 'a ZooKeeper in a container', server: container };
  return { how: 'a ZooKeeper of its own', server: await startZooKeeper() };
}

function forcedPath(): 'docker' | 'child' | undefined {
  const forced = process.env.SUCCESSION_TEST_SERVERS;
  if (forced === 'docker' || forced === 'child') return forced;
  if (!forced) return undefined;
  throw new Error(`SUCCESSION_TEST_SERVERS is docker or child, not ${forced}`);
}

function given(connect: string): Provided {
  return { connect, [Symbol.asyncDispose]: async () => undefined };
}

/** An engine that answers may still be of no use (no image, no network): that is told, and the next path taken. */
async function contained(forced: boolean): Promise<Provided | undefined> {
  if (!forced && !(await dockerAnswers())) return undefined;
  try {
    return await startContainer(process.env.SUCCESSION_TEST_IMAGE ?? 'zookeeper:3.9');
  } catch (error) {
    if (forced) throw error;
    process.stderr.write(`succession: no container, ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}
