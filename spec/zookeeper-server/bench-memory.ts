/**
 * What sessions and znodes weigh, on a server of either kind that has done nothing else. What is held is counted once
 * all garbage is gone; what is resident says as much of how a runtime keeps its garbage, so it stands beside.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BareClient } from '../support/bare-client.js';
import { startZooKeeper } from '../support/zookeeper.js';

const SESSIONS = 1_000;
const ZNODES_EACH = 10;

interface Weighed extends AsyncDisposable {
  readonly connect: string;
  readonly pid: number;
  /** Bytes of what is reachable: the heap, for Node also its buffers. */
  held(): Promise<number>;
}

async function embedded(): Promise<Weighed> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bench-server.js', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const line = async () => ((await once(lines, 'line')) as [string])[0];
  const connect = await line();
  const held = async () => {
    const answer = line();
    child.stdin.write('\n');
    return Number(await answer);
  };
  const end = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { connect, pid: child.pid as number, held, [Symbol.asyncDispose]: end };
}

/** The histogram of a JVM's live objects collects garbage first. Needs a JDK. */
async function real(): Promise<Weighed> {
  const server = await startZooKeeper({ jvm: ['-Xmx1g', '-XX:TieredStopAtLevel=4'] });
  const { connect, pid } = server;
  const held = async () => {
    const histogram = execFileSync('jcmd', [String(pid), 'GC.class_histogram'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    return Number(/^Total\s+\d+\s+(\d+)/m.exec(histogram)?.[1]);
  };
  return { connect, pid, held, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const resident = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

async function weigh(start: () => Promise<Weighed>): Promise<string> {
  await using server = await start();
  const all: { held: number; resident: number }[] = [];
  const note = async () => all.push({ resident: resident(server.pid), held: await server.held() });
  await note();
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => BareClient.connect(server.connect)));
  await note();
  const many = Array.from({ length: ZNODES_EACH }, (_, at) => at);
  const fill = (client: BareClient, of: number) => many.map((at) => client.create(`/znode-${of}-${at}`, 'data'));
  await Promise.all(clients.flatMap(fill));
  await note();
  await Promise.all(clients.map((client) => client.close()));
  return told(
    all.map(({ held }) => held),
    all.map((one) => one.resident),
  );
}

function told([none = 0, sessions = 0, znodes = 0]: readonly number[], residents: readonly number[]): string {
  const each = (bytes: number, count: number) => `${(bytes / count).toFixed(0)} bytes`;
  const megabytes = (all: readonly number[]) => all.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(' → ');
  const session = each(sessions - none, SESSIONS);
  const znode = each(znodes - sessions, SESSIONS * ZNODES_EACH);
  return `${session} a session, ${znode} a znode; held ${megabytes([none, sessions, znodes])} MB, resident ${megabytes(residents)} MB`;
}

export async function compareMemory(): Promise<void> {
  console.log(
    `\nmemory: nothing → ${SESSIONS} sessions on connections of their own → ${SESSIONS * ZNODES_EACH} znodes`,
  );
  console.log(`  embedded: ${await weigh(embedded)}`);
  console.log(`  real:     ${await weigh(real)}`);
}
