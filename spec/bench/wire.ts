import { setTimeout as pause } from 'node:timers/promises';
import { filter, firstValueFrom, timeout } from 'rxjs';
import type { Candidacy } from '../../lib/election/election.js';
import type { Leadership } from '../../lib/election/leadership.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import type { BenchOptions } from './options.js';
import { Population, SESSION_TIMEOUT_MS } from './population.js';
import type { Report, Row } from './report.js';
import { type Counted, Tap } from './tap.js';

/** After the hand-over, so that whatever else it causes is counted too; shorter than a third of a lease. */
const AFTERMATH_MS = 500;
/** Longer than what is counted, so that no heartbeat falls into it. */
const HEARTBEAT_MS = 2_000;

/**
 * Requests, events and bytes of one hand-over, counted on the wire: the leader's, the successor's, and everybody else's. Somebody
 * has led and gone before; the successor has learnt of it with a heartbeat, as it usually has.
 */
export async function wire(server: string, { sizes, root }: BenchOptions): Promise<Report> {
  const rows: Row[] = [];
  for (const size of sizes) rows.push(...(await handOver(server, `${root}/wire-${size}`, size)));
  const totals = rows.filter(({ who }) => who === 'total');
  const curve = {
    title: 'One hand-over on the wire',
    rows: totals,
    x: 'candidates',
    y: ['requests', 'events', 'bytes sent', 'bytes received'],
  };
  return { title: curve.title, rows, curve };
}

async function handOver(server: string, path: string, size: number): Promise<Row[]> {
  await using former = await Tapped.stand(server, path, 'former', 'leader');
  await using first = await Tapped.stand(server, path, 'leader', 'follower');
  await using second = await Tapped.stand(server, path, 'successor', 'follower');
  await using rest = await Tap.before(server);
  await using _others = size > 2 ? await Population.join(rest.connect, path, size - 2, 1) : undefined;
  await Promise.all([former.candidacy.resign(), becomes(first.candidacy, 'leader')]);
  await settles(second.candidacy);
  await pause(AFTERMATH_MS);
  const taps = [first.tap, second.tap, rest];
  for (const tap of taps) tap.reset();
  await Promise.all([first.candidacy.resign(), becomes(second.candidacy, 'leader')]);
  await pause(AFTERMATH_MS);
  const counted = taps.map((tap) => tap.counted);
  const who = ['leader', 'successor', `${size - 2} others`];
  return [...counted.map((one, i) => row(size, who[i]!, one)), { ...row(size, 'total', sum(counted)), which: '' }];
}

const sum = (all: readonly Counted[]): Counted => ({
  which: all.flatMap(({ which }) => which),
  events: all.reduce((total, { events }) => total + events, 0),
  sent: all.reduce((total, { sent }) => total + sent, 0),
  received: all.reduce((total, { received }) => total + received, 0),
});

const row = (candidates: number, who: string, { which, events, sent, received }: Counted): Row => ({
  candidates,
  who,
  requests: which.length,
  events,
  'bytes sent': sent,
  'bytes received': received,
  which: which.join(' '),
});

/** A candidate on a session of its own, with a tap on its wire. */
class Tapped implements AsyncDisposable {
  readonly tap: Tap;
  readonly candidacy: Candidacy;
  readonly #leave: () => Promise<void>;

  static async stand(server: string, path: string, id: string, role: Leadership['role']): Promise<Tapped> {
    const tapped = new Tapped(await Tap.before(server), path, id);
    await becomes(tapped.candidacy, role);
    return tapped;
  }

  private constructor(tap: Tap, path: string, id: string) {
    const backend = zookeeper({
      servers: tap.connect,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      heartbeatMs: HEARTBEAT_MS,
    });
    this.tap = tap;
    this.candidacy = backend.election(path).campaign({ id });
    this.#leave = () => backend.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
    await this.tap[Symbol.asyncDispose]();
  }
}

function becomes({ leadership$ }: Candidacy, role: Leadership['role']): Promise<Leadership> {
  const there$ = leadership$.pipe(
    filter((leadership) => leadership.role === role),
    timeout(30_000),
  );
  return firstValueFrom(there$);
}

/** Until nobody but the leader is ahead, as far as it knows. */
function settles({ leadership$ }: Candidacy): Promise<Leadership> {
  const alone$ = leadership$.pipe(
    filter((leadership) => leadership.role === 'follower' && leadership.ahead === 1),
    timeout(30_000),
  );
  return firstValueFrom(alone$);
}
