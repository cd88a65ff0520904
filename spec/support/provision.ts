import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The connect string, `host:port`, of a ZooKeeper that all real specs share: use paths of your own. */
    zookeeper: string;
  }
}

export default async function provision(project: TestProject): Promise<void> {
  project.provide('zookeeper', process.env.SUCCESSION_TEST_ZOOKEEPER ?? '127.0.0.1:2181');
}
