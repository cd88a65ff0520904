/**
 * `succession run`: a command that runs only while this process leads.
 *
 * The place in line is held until the command and everything it started is dead, so on a hand-over two never run at
 * once. When leadership is lost without us (the lease lapses behind a cut wire) the next leader does not wait for our
 * drain time: there only the token, checked by what the command writes to, tells the two apart. So it is when this
 * process is stopped (SIGSTOP, a machine that sleeps): the command may go on meanwhile.
 */
import {
  distinctUntilChanged,
  filter,
  firstValueFrom,
  ignoreElements,
  map,
  merge,
  Observable,
  Subject,
  tap,
  timer,
} from 'rxjs';
import type { Candidacy } from '../../election/election.js';
import type { CandidateReason, Leadership, Term } from '../../election/leadership.js';
import { type Child, startChild, unstartable } from '../child.js';
import { type Command, type Context, interruption, withBackend } from '../context.js';
import { codeOf, ExitCode, InterruptedError } from '../exit-code.js';

export interface RunArgs {
  readonly election: string;
  readonly id?: string;
  readonly restart?: boolean;
  /** From SIGTERM to SIGKILL, in ms. @default 10000 */
  readonly drainMs?: number;
  readonly command: string;
  readonly args: readonly string[];
}

/** SIGKILL takes a moment too: the place is held this much longer than the drain time, in ms. */
const KILL_MARGIN_MS = 5_000;
/** Between two starts under one leadership, doubling; a command that ran longer than the last starts over. */
const BACK_OFF_MS = { first: 1_000, last: 30_000 } as const;

export const run: Command<RunArgs> = (context, args) =>
  withBackend(context, async (backend) => {
    const drainTimeoutMs = drainOf(args) + KILL_MARGIN_MS;
    const candidacy = backend
      .election(args.election, { drainTimeoutMs })
      .campaign({ id: args.id ?? context.machine.id });
    return new Run(context, args, candidacy).result();
  });

const drainOf = ({ drainMs = 10_000 }: RunArgs) => drainMs;

class Run {
  readonly #context: Context;
  readonly #args: RunArgs;
  readonly #candidacy: Candidacy;
  /** The exit code, once it is settled while we stand. */
  readonly #settled = new Subject<number>();
  #child: Child | undefined;
  /** How the command ended after a signal told us to. */
  #interruptedCode: number | undefined;

  constructor(context: Context, args: RunArgs, candidacy: Candidacy) {
    this.#context = context;
    this.#args = args;
    this.#candidacy = candidacy;
  }

  /** Stands until the exit code is settled, then leaves; the command is dead before this resolves. */
  async result(): Promise<number> {
    const settled = firstValueFrom(merge(this.#settled, interruption(this.#context.signal)));
    const heard = merge(this.#told(), this.#passedOn()).subscribe({ error: (error) => this.#settled.error(error) });
    this.#candidacy.lead((term) => this.#serve(term));
    try {
      return await settled;
    } catch (error) {
      await this.#candidacy.resign();
      if (error instanceof InterruptedError) return this.#interruptedCode ?? codeOf(error);
      throw error;
    } finally {
      await this.#candidacy.resign();
      heard.unsubscribe();
    }
  }

  /** The work of one leadership: never throws, ends when the command has. */
  async #serve(term: Term): Promise<void> {
    for (
      let waitMs: number = BACK_OFF_MS.first;
      !term.signal.aborted;
      waitMs = Math.min(waitMs * 2, BACK_OFF_MS.last)
    ) {
      const started = performance.now();
      const again = await this.#runOnce(term);
      if (!again) return;
      if (performance.now() - started > BACK_OFF_MS.last) waitMs = BACK_OFF_MS.first;
      await this.#pause(waitMs, term);
    }
  }

  /** True if it should be started again under the same leadership. */
  async #runOnce(term: Term): Promise<boolean> {
    const child = this.#start(term);
    const stop = () => child.stop(this.#interruptedBy() ?? 'SIGTERM');
    term.signal.addEventListener('abort', stop);
    if (term.signal.aborted) stop();
    const code = await child.ended;
    term.signal.removeEventListener('abort', stop);
    this.#child = undefined;
    return this.#ended(code, child, term);
  }

  #start({ token }: Term): Child {
    const { command, args, election } = this.#args;
    const { machine } = this.#context;
    const names = { SUCCESSION_TOKEN: String(token), SUCCESSION_ELECTION: election, SUCCESSION_ID: this.#candidacy.id };
    const job = { command, args, env: { ...machine.env, ...names }, drainMs: drainOf(this.#args) };
    this.#child = startChild(job, machine);
    this.#say(`leads with token ${token} and runs ${command}`);
    return this.#child;
  }

  #ended(code: number, { started }: Child, { signal }: Term): boolean {
    if (this.#interruptedBy()) this.#interruptedCode = code;
    const how = started ? `ended with code ${code}` : unstartable(code);
    this.#say(`${this.#args.command} ${how}${signal.aborted ? ', after its leadership' : ''}`);
    const again = started && this.#args.restart === true;
    if (started && signal.aborted) this.#lost();
    else if (!again) this.#settled.next(code);
    return again && !signal.aborted;
  }

  /** Leadership went away. If we left because of a signal, the command's own code counts. */
  #lost(): void {
    if (this.#args.restart || this.#interruptedBy()) return;
    this.#say('no longer leads, and ends: --restart would keep standing');
    this.#settled.next(ExitCode.conditionNotMet);
  }

  async #pause(waitMs: number, { signal }: Term): Promise<void> {
    this.#say(`starts it again in ${waitMs / 1000} s`);
    await firstValueFrom(merge(timer(waitMs), interruption(signal))).catch(() => undefined);
  }

  #interruptedBy(): NodeJS.Signals | undefined {
    const { reason } = this.#context.signal;
    return reason instanceof InterruptedError ? reason.signal : undefined;
  }

  /** Signals go to the command; where none runs, those that end a process end us. */
  #passedOn() {
    const { machine } = this.#context;
    const signals$ = new Observable<NodeJS.Signals>((told) =>
      machine.passSignals((signal) => {
        const heard = this.#child !== undefined;
        told.next(signal);
        return heard;
      }),
    );
    return signals$.pipe(
      tap((signal) => {
        if (this.#child) this.#child.send(signal);
        else if (!harmless.includes(signal)) throw new InterruptedError(signal);
      }),
      ignoreElements(),
    );
  }

  /** Leaderships as messages. Errors only where retrying cannot help. */
  #told() {
    return this.#candidacy.leadership$.pipe(
      filter((leadership) => leadership.role !== 'candidate' || leadership.why in reasons),
      map(newsOf),
      distinctUntilChanged(),
      tap((news) => news && this.#say(news)),
      ignoreElements(),
    );
  }

  #say(what: string): void {
    this.#context.out.say(`${this.#args.election}: ${this.#candidacy.id} ${what}`);
  }
}

/** These end nobody who waits. */
const harmless: readonly NodeJS.Signals[] = ['SIGTSTP', 'SIGUSR1', 'SIGUSR2'];

const reasons: Readonly<Partial<Record<CandidateReason, string>>> = {
  suspended: 'has lost the connection and keeps its place',
  expired: 'has lost its session and stands again',
  evicted: 'was evicted and stands again',
};

function newsOf(leadership: Leadership): string | undefined {
  if (leadership.role === 'follower') return `waits, ${leadership.ahead} ahead`;
  if (leadership.role === 'resigned') return `has left: ${leadership.outcome}`;
  return leadership.role === 'candidate' ? reasons[leadership.why] : undefined;
}
