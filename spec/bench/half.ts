/**
 * A process with one half of each line of a kind: `half.js KIND SERVER`. Every line on stdin is a number and a command; it is
 * answered on stdout by a line with the same number, as soon as there is an answer:
 *   stand PATH N SESSIONS AHEAD MS   candidate N stands, on one of so many sessions, behind this znode (or -), with
 *                                    heartbeats so far apart (or -); its znode, when it is in line
 *   crowd PATH N COUNT SESSIONS      so many stand, N and every second one after it; when they are in line
 *   settled PATH N                   when it knows that nobody but the leader is ahead
 *   led PATH N                       when it leads: since when
 *   go PATH N                        it goes; no answer
 *   left PATH N                      when it has gone: the instant at which it was told to
 *   close PATH                       when the sessions have ended
 *   now                              this instant
 * Instants are in ns of the machine's monotonic clock. Ends with stdin.
 */
import { createInterface } from 'node:readline';
import { ClientFloor } from './client-floor.js';
import { Floor } from './floor.js';
import { Ours } from './ours.js';
import { eachOf, JOINING_AT_ONCE } from './population.js';
import { type Half, type Kind, now, type Place, type Standing } from './standing.js';

const kinds: Record<string, Kind> = {
  ours: (server, path) => new Ours(server, path),
  client: (server, path) => new ClientFloor(server, path),
  sockets: (server, path) => new Floor(server, path),
  least: (server, path) => new Floor(server, path, true),
};

interface Gone {
  readonly from: bigint;
  readonly done: Promise<unknown>;
}

const [kind = '', server = ''] = process.argv.slice(2);
const halves = new Map<string, Half>();
const standing = new Map<string, Standing>();
const gone = new Map<string, Gone>();

const found = (path?: string, n?: string): Standing => standing.get(`${path} ${n}`)!;
const place = (n: number, sessions: string, ahead?: string, ms?: string): Place => ({
  id: `c-${n}`,
  session: Math.floor(n / 2) % Number(sessions),
  ahead: ahead === '-' ? undefined : ahead,
  heartbeatMs: ms === '-' || ms === undefined ? undefined : Number(ms),
});

async function stand(path: string, at: Place, n: number): Promise<string> {
  if (!halves.has(path)) halves.set(path, kinds[kind]!(server, path));
  const one = await halves.get(path)!.stand(at);
  standing.set(`${path} ${n}`, one);
  return one.znode;
}

const acts: Record<string, (path: string, n: string, ...more: string[]) => Promise<unknown>> = {
  stand: (path, n, sessions, ahead, ms) => stand(path, place(Number(n), sessions!, ahead, ms), Number(n)),
  crowd: (path, n, count, sessions) =>
    eachOf(Number(count), JOINING_AT_ONCE / 2, (i) => {
      const one = Number(n) + 2 * i;
      return stand(path, place(one, sessions!), one);
    }),
  settled: (path, n) => found(path, n).settled(),
  led: (path, n) => found(path, n).led,
  go: async (path, n) => {
    const from = now();
    gone.set(`${path} ${n}`, { from, done: found(path, n).leave() });
  },
  left: async (path, n) => {
    const { from, done } = gone.get(`${path} ${n}`)!;
    await done;
    for (const all of [gone, standing]) all.delete(`${path} ${n}`);
    return from;
  },
  close: async (path) => {
    await halves.get(path)?.close();
    halves.delete(path);
  },
  now: async () => now(),
};

async function obey(line: string): Promise<void> {
  const [number, command = '', path = '', n = '', ...more] = line.split(' ');
  const answer = await acts[command]!(path, n, ...more).catch((error) => `! ${error}`);
  if (command !== 'go') process.stdout.write(`${number} ${typeof answer === 'object' ? '' : (answer ?? '')}\n`);
}

createInterface({ input: process.stdin })
  .on('line', (line) => void obey(line))
  .on('close', () => process.exit());
