import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join as within } from 'node:path';
import { ensureServers } from '../support/install.js';
import { startZooKeeper } from '../support/zookeeper.js';
import { killedLeaders, killedServers } from './failover.js';
import { handover } from './handover.js';
import { idle } from './idle.js';
import { join } from './join.js';
import { jvm } from './jvm.js';
import { list } from './list.js';
import { locks } from './locks.js';
import { memory } from './memory.js';
import { messages } from './messages.js';
import { type BenchOptions, type Part, readOptions, usage } from './options.js';
import { comparePeers } from './peers.js';
import { toSvg } from './plot.js';
import { asText, type Report } from './report.js';
import { roles } from './roles.js';
import { Room } from './room.js';
import { wire } from './wire.js';

/** `npm run bench`: measures and prints; judges nothing. */
const measure: Record<Part, (server: string, options: BenchOptions) => Promise<Report>> = {
  handover,
  wire,
  join,
  peers: comparePeers,
  kills: killedLeaders,
  servers: killedServers,
  memory,
  locks,
  list,
  idle,
  roles,
};

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === 'messages') return console.log(messages());
  const options = readOptions(args);
  const [{ model } = { model: 'unknown' }] = cpus();
  const machine = `node ${process.version}, ${cpus().length} cores of ${model.trim()}`;
  console.log(machine);
  if (!options.server) ensureServers();
  await using own = options.server ? undefined : await startZooKeeper({ tickMs: 2_000, jvm });
  const server = options.server ?? own!.connect;
  console.log(`ZooKeeper at ${server}${own ? ', started here: one server, data in memory' : ''}\n`);
  await using _room = await Room.make(server, options.root);
  const parts: Partial<Record<Part, Report>> = {};
  for (const part of options.only) {
    const report = await measure[part](server, options);
    console.log(`${asText(report)}\n`);
    parts[part] = report;
    keep(options, { machine, at: new Date().toISOString(), options, parts });
    draw(options, part, report);
  }
}

/** After each part, so that an interrupted run has said what it found. */
function keep({ json }: BenchOptions, found: unknown): void {
  if (json) writeFileSync(json, `${JSON.stringify(found, undefined, 2)}\n`);
}

function draw({ svg }: BenchOptions, part: Part, { curve }: Report): void {
  const drawing = svg && curve && toSvg(curve);
  if (!drawing) return;
  mkdirSync(svg, { recursive: true });
  writeFileSync(within(svg, `${part}.svg`), drawing);
}

// Until the last part has ended: waiting for what is gone would end the program without a word, and as if all were well.
process.exitCode = 1;
main(process.argv.slice(2)).then(
  () => {
    process.exitCode = 0;
  },
  (error: unknown) =>
    console.error(error instanceof Error && error.message.startsWith('--') ? `${error.message}\n\n${usage}` : error),
);
