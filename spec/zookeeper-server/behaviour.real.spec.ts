import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { classPath } from '../support/java.js';
import { startZooKeeper } from '../support/zookeeper.js';
import { describeServer } from './suite.js';

/** Writes the number into the data of the server while that is stopped. Needs a JDK, not just a JRE. */
const presetSequence = fileURLToPath(new URL('../zookeeper/bugs/PresetSequence.java', import.meta.url));

/**
 * The transcripts are those of 3.8.0. Where a later version answers otherwise the case says so in a comment.
 */
describeServer(
  'a real server answers as it was recorded to',
  async () => {
    const extended = '-Dzookeeper.extendedTypesEnabled=true';
    const server = await startZooKeeper({ jvm: [extended, '-Dznode.container.checkIntervalMs=200'] });
    return {
      connect: server.connect,
      async jump(path, next) {
        await server.stop();
        await promisify(execFile)('java', [
          extended,
          '-cp',
          classPath,
          presetSequence,
          server.dataDir,
          path,
          String(next),
        ]);
        await server.start();
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  true,
);
