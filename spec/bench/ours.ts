import { filter, firstValueFrom, timeout } from 'rxjs';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { eachOf, JOINING_AT_ONCE, PATIENCE_MS, SESSION_TIMEOUT_MS, stand, verdict } from './population.js';
import { deferred, type Half, now, type Place, type Standing } from './standing.js';

/** Half of a line of our candidates. */
export class Ours implements Half {
  readonly #backends: ZooKeeperBackend[] = [];
  readonly #server: string;
  readonly #path: string;

  constructor(server: string, path: string) {
    this.#server = server;
    this.#path = path;
  }

  async stand({ id, session, heartbeatMs }: Place): Promise<Standing> {
    const one = stand(this.#backend(session, heartbeatMs).election(this.#path), id);
    const { leadership$ } = one.candidacy;
    const led = deferred<bigint>();
    leadership$.subscribe(({ role }) => role === 'leader' && led.resolve(now()));
    await verdict(one);
    const alone$ = leadership$.pipe(
      filter((value) => value.role === 'follower' && value.ahead === 1),
      timeout(PATIENCE_MS),
    );
    return {
      znode: '',
      led: led.promise,
      settled: () => firstValueFrom(alone$),
      leave: () => one.candidacy.resign(),
    };
  }

  close(): Promise<void> {
    return eachOf(this.#backends.length, JOINING_AT_ONCE, async (i) => this.#backends[i]?.close());
  }

  #backend(session: number, heartbeatMs: number | undefined): ZooKeeperBackend {
    this.#backends[session] ??= zookeeper({
      servers: this.#server,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      heartbeatMs,
    });
    return this.#backends[session];
  }
}
