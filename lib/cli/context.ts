/** What every command gets, and the few ways in which commands wait: never without a deadline or a way to end. */
import type { StdioOptions } from 'node:child_process';
import {
  filter,
  firstValueFrom,
  from,
  fromEvent,
  ignoreElements,
  map,
  merge,
  type Observable,
  type ObservableInput,
  of,
  skip,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Backend } from '../election/election.js';
import { DeadlineError } from '../errors.js';
import { UnreachableError } from './exit-code.js';
import type { Output } from './output.js';

export interface Context {
  /** Makes the backend that `--connect` names. Each command opens one and closes it. */
  connect(): Promise<Backend>;
  readonly out: Output;
  /** Aborts when the command is to end; its reason is an InterruptedError. */
  readonly signal: AbortSignal;
  /** How long to wait for an answer, in ms. */
  readonly timeoutMs: number;
  /** Where we connect to, fit to be shown. */
  readonly where: string;
  readonly machine: Machine;
}

/** The process and its host, as far as commands need them. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A participant's id unless one is given: unique for this process. */
  readonly id: string;
  /** Who asks, unless told: user@host. */
  readonly by: string;
  /**
   * Hands on the signals to this process, and so keeps them from ending it, until what it returns is called. `to` tells
   * whether somebody got it: a second SIGINT or SIGTERM that nobody got ends the process at once.
   */
  passSignals(to: (signal: NodeJS.Signals) => boolean): () => void;
  /** Sends a signal to a process, or to a process group by its negative id. Throws if it is gone. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  /** What a command that we run reads and writes. */
  readonly stdio: StdioOptions;
}

export type Command<A> = (context: Context, args: A) => Promise<number>;

/** Opens the backend, waits until it answers, uses it, and closes it whatever happens. */
export async function withBackend(context: Context, use: (backend: Backend) => Promise<number>): Promise<number> {
  const backend = await context.connect();
  try {
    await reached(backend, context);
    return await use(backend);
  } finally {
    await backend.close();
  }
}

/** Resolves when the store answers; rejects with UnreachableError at the deadline. */
export async function reached(backend: Backend, { signal, timeoutMs, where }: Context): Promise<void> {
  const connected$ = backend.connection$.pipe(filter((connection) => connection === 'connected'));
  const late$ = timer(timeoutMs).pipe(map(() => fail(new UnreachableError(where, timeoutMs))));
  await firstValueFrom(merge(connected$, late$, interruption(signal)));
}

/** The first value, or what was promised, by the deadline; `what` names it in the DeadlineError. */
export function answer<T>(source$: ObservableInput<T>, { signal, timeoutMs }: Context, what: string): Promise<T> {
  const late$ = timer(timeoutMs).pipe(map(() => fail(new DeadlineError(what, timeoutMs))));
  return firstValueFrom(merge(from(source$), late$, interruption(signal)));
}

/** A promise with a deadline of its own, given up at the signal. */
export function whileWaiting<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return firstValueFrom(merge(from(promise), interruption(signal)));
}

/** Everything until the signal, then the InterruptedError; completes if the source does. */
export function untilInterrupted<T>(source$: Observable<T>, signal: AbortSignal): Observable<T> {
  return source$.pipe(takeUntil(interruption(signal)));
}

/** The wire, as messages: an observer that hears nothing should know why. */
export function wire({ connection$ }: Backend, out: Output): Observable<never> {
  return connection$.pipe(
    skip(1),
    tap((connection) => out.say(`The connection is ${connection}.`)),
    ignoreElements(),
  );
}

/** Errors with the signal's reason when it aborts; says nothing before. */
export function interruption(signal: AbortSignal): Observable<never> {
  const abort$: Observable<unknown> = signal.aborted ? of(signal) : fromEvent(signal, 'abort');
  return abort$.pipe(map(() => fail(signal.reason)));
}

function fail(error: unknown): never {
  throw error;
}
