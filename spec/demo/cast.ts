/** The candidates as processes: started, told, killed, paused, and heard. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, map, mergeMap, type Observable, ReplaySubject, timeout } from 'rxjs';
import { now, type Order, type Report } from './reports.js';

export interface Heard {
  readonly id: string;
  readonly report: Report;
}

/** One that began to lead. */
export interface Crowned {
  readonly id: string;
  readonly at: number;
  readonly token: string;
}

type Kind<K extends Report['kind']> = Extract<Report, { kind: K }>;

export class Cast implements Disposable {
  readonly #heard$ = new ReplaySubject<Heard>();
  readonly #processes = new Map<string, ChildProcess>();
  readonly #url: string;
  readonly #election: string;

  constructor(url: string, election: string) {
    this.#url = url;
    this.#election = election;
    process.once('exit', () => this[Symbol.dispose]());
  }

  /** Everything that anybody has reported, from the beginning. */
  get heard$(): Observable<Heard> {
    return this.#heard$;
  }

  /** Starts a candidate; resolves with its pid once it has a verdict. */
  async enter(id: string): Promise<number> {
    const program = fileURLToPath(new URL('./participant.js', import.meta.url));
    const child = fork(program, [this.#url, this.#election, id], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#processes.set(id, child);
    child.on('message', (report: Report) => this.#heard$.next({ id, report }));
    child.once('exit', () => this.#processes.delete(id));
    child.once('error', (error) => this.#heard$.error(error));
    await this.next(id, 'leadership', ({ role }) => role === 'leader' || role === 'follower');
    return child.pid ?? 0;
  }

  /** A report of one candidate that came, or comes, after an instant; rejects at the deadline. */
  async next<K extends Report['kind']>(
    id: string,
    kind: K,
    matches: (report: Kind<K>) => boolean = () => true,
    { after = 0, within = 30_000 } = {},
  ): Promise<Kind<K>> {
    const reports$ = this.#heard$.pipe(
      filter((heard) => heard.id === id && heard.report.kind === kind && heard.report.at >= after),
      map(({ report }) => report as Kind<K>),
      filter(matches),
    );
    return firstValueFrom(reports$.pipe(deadline(within, `${kind} of ${id}`)));
  }

  /** The first leadership of anybody after an instant. */
  async nextLeader(after: number, within = 30_000): Promise<Crowned> {
    const leaders$ = this.#heard$.pipe(
      mergeMap(({ id, report }) =>
        report.kind === 'leadership' && report.token !== undefined ? [{ id, at: report.at, token: report.token }] : [],
      ),
      filter(({ at }) => at > after),
    );
    return firstValueFrom(leaders$.pipe(deadline(within, 'another leader')));
  }

  tell(id: string, order: Order): number {
    const at = now();
    this.#processes.get(id)?.send(order);
    return at;
  }

  /** Sends a signal; returns the instant just before. */
  signal(id: string, signal: NodeJS.Signals): number {
    const at = now();
    this.#processes.get(id)?.kill(signal);
    return at;
  }

  /** Everybody leaves in order, so that nothing stays behind; bounded. */
  async leave(within = 5_000): Promise<void> {
    const gone = [...this.#processes].map(([id, child]) => {
      this.tell(id, 'leave');
      return once(child, 'exit', { signal: AbortSignal.timeout(within) }).catch(() => undefined);
    });
    await Promise.all(gone);
  }

  /** Kills whoever is left, paused or not. */
  [Symbol.dispose](): void {
    for (const child of this.#processes.values()) child.kill('SIGKILL');
  }
}

function deadline<T>(ms: number, what: string) {
  return timeout<T, Observable<never>>({
    first: ms,
    with: () => {
      throw new Error(`${what} did not come within ${ms} ms`);
    },
  });
}
