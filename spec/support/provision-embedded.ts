import type { TestProject } from 'vitest/node';
import { startEmbedded } from './embedded.js';

/** Vitest's global setup of the project `embedded`: one embedded server for the specs that share one. */
export default async function provision(project: TestProject): Promise<() => Promise<void>> {
  const server = await startEmbedded();
  project.provide('zookeeper', server.connect);
  return () => server[Symbol.asyncDispose]();
}
