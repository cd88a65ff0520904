import { setTimeout as pause } from 'node:timers/promises';
import { filter, firstValueFrom, timeout } from 'rxjs';
import type { Candidacy } from '../../lib/election/election.js';
import type { Leadership } from '../../lib/election/leadership.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { opcode, startProxy, type TcpProxy } from '../support/proxy.js';
import type { BenchOptions } from './options.js';
import { Population, SESSION_TIMEOUT_MS } from './population.js';
import { table } from './report.js';

/** After the hand-over, so that whatever else it causes is counted too; shorter than a third of a lease. */
const AFTERMATH_MS = 500;
/** Longer than what is counted, so that no heartbeat falls into it. */
const HEARTBEAT_MS = 2_000;

/**
 * Requests and bytes of one hand-over, counted on the wire: the leader's, the successor's, and everybody else's. Somebody
 * has led and gone before; the successor has learnt of it with a heartbeat, as it usually has.
 */
export async function wire(server: string, { sizes, root }: BenchOptions): Promise<string> {
  const rows: string[][] = [];
  for (const size of sizes) rows.push(...(await handOver(server, `${root}/wire-${size}`, size)));
  const header = ['candidates', 'who', 'requests', 'bytes sent', 'bytes received', 'which'];
  return `One hand-over on the wire\n${table(header, rows)}`;
}

async function handOver(server: string, path: string, size: number): Promise<string[][]> {
  await using former = await Tapped.stand(server, path, 'former', 'leader');
  await using first = await Tapped.stand(server, path, 'leader', 'follower');
  await using second = await Tapped.stand(server, path, 'successor', 'follower');
  await using rest = await Tap.before(server);
  await using _others = size > 2 ? await Population.join(rest.connect, path, size - 2, 'one') : undefined;
  await Promise.all([former.candidacy.resign(), becomes(first.candidacy, 'leader')]);
  await settles(second.candidacy);
  await pause(AFTERMATH_MS);
  const taps = [first.tap, second.tap, rest];
  for (const tap of taps) tap.reset();
  await Promise.all([first.candidacy.resign(), becomes(second.candidacy, 'leader')]);
  await pause(AFTERMATH_MS);
  const counted = taps.map((tap) => tap.counted);
  const total = { which: [] as string[], sent: 0, received: 0 };
  for (const { sent, received, which } of counted) {
    total.which.push(...which);
    total.sent += sent;
    total.received += received;
  }
  const who = ['leader', 'successor', `${size - 2} others`, 'total'];
  return [...counted, total].map((one, i) => row(size, who[i] ?? '', one));
}

interface Counted {
  readonly which: readonly string[];
  readonly sent: number;
  readonly received: number;
}

function row(size: number, who: string, { which, sent, received }: Counted): string[] {
  return [`${size}`, who, `${which.length}`, `${sent}`, `${received}`, who === 'total' ? '' : which.join(' ')];
}

/** A proxy that keeps a list of what passes. */
class Tap implements AsyncDisposable {
  readonly #proxy: TcpProxy;
  #which: string[] = [];

  static async before(server: string): Promise<Tap> {
    return new Tap(await startProxy(server));
  }

  private constructor(proxy: TcpProxy) {
    this.#proxy = proxy;
    proxy.onRequest((frame, pass) => {
      this.#which.push(nameOf(frame.opcode));
      pass();
    });
  }

  get connect(): string {
    return this.#proxy.connect;
  }

  get counted(): Counted {
    const { toServer, toClient } = this.#proxy.bytes;
    return { which: [...this.#which], sent: toServer, received: toClient };
  }

  reset(): void {
    this.#which = [];
    this.#proxy.reset();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#proxy[Symbol.asyncDispose]();
  }
}

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

function nameOf(code: number): string {
  return Object.entries(opcode).find(([, value]) => value === code)?.[0] ?? `opcode ${code}`;
}
