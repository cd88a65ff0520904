import { cpus } from 'node:os';
import { ensureServers } from '../support/install.js';
import { startZooKeeper } from '../support/zookeeper.js';
import { handover } from './handover.js';
import { join } from './join.js';
import { locks } from './locks.js';
import { memory } from './memory.js';
import { messages } from './messages.js';
import { type BenchOptions, type Part, readOptions, usage } from './options.js';
import { Room } from './room.js';
import { wire } from './wire.js';

/** `npm run bench`: measures and prints; judges nothing. */
const measure: Record<Part, (server: string, options: BenchOptions) => Promise<string>> = {
  handover,
  wire,
  join,
  memory,
  locks,
};

/** A server as in production: a heap of its own size and the optimising compiler. Later flags win. */
const jvm = ['-Xmx1g', '-XX:TieredStopAtLevel=4'];

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === 'messages') return console.log(messages());
  const options = readOptions(args);
  const [{ model } = { model: 'unknown' }] = cpus();
  console.log(`node ${process.version}, ${cpus().length} cores of ${model.trim()}`);
  if (!options.server) ensureServers();
  await using own = options.server ? undefined : await startZooKeeper({ tickMs: 2_000, jvm });
  const server = options.server ?? own!.connect;
  console.log(`ZooKeeper at ${server}${own ? ', started here: one server, data in memory' : ''}\n`);
  await using _room = await Room.make(server, options.root);
  for (const part of options.only) console.log(`${await measure[part](server, options)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error && error.message.startsWith('--') ? `${error.message}\n\n${usage}` : error);
  process.exitCode = 1;
});
