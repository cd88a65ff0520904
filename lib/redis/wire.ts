/** What the elections of one backend share: a connection for commands, one for news, opened at the first use. */
import {
  BehaviorSubject,
  catchError,
  combineLatest,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  filter,
  from,
  map,
  type Observable,
  ReplaySubject,
  type ShareConfig,
  scan,
  share,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  throwIfEmpty,
} from 'rxjs';
import type { Connection } from '../election/election.js';
import { ClosedError, ConnectionLostError, DeadlineError, type SuccessionError } from '../errors.js';
import type { Port } from './client.js';
import { within } from './deadline.js';
import { fromReply, isNoScript } from './errors.js';
import type { Keys } from './keys.js';
import { type Link, links } from './link.js';
import { newsroom } from './newsroom.js';
import type { Resolved } from './options.js';
import type { Script } from './scripts.js';

export interface Wire {
  readonly connection$: Observable<Connection>;
  /** Emits and completes when the backend is closed; replays. */
  readonly closed$: Observable<unknown>;
  /**
   * Runs a script, once for each subscription, and emits its answer as texts. Errors at the deadline, or with the
   * connection, with ConnectionLostError: it may have run, or may still.
   */
  run(script: Script, keys: Keys, ...words: readonly string[]): Observable<readonly string[]>;
  /** The same for a plain command. */
  command(key: string, ...words: readonly string[]): Observable<unknown>;
  /** What is said in a channel; an empty text each time that we begin to listen: something may have been missed. */
  news(channel: string): Observable<string>;
  /** Whether there is a connection for news; replays. False until the first. */
  readonly listens$: Observable<boolean>;
  close(): void;
}

export function connectOnce(options: Resolved): Wire {
  const closing$ = new BehaviorSubject(false);
  const silent$ = new BehaviorSubject(false);
  const closed$ = closing$.pipe(
    filter((closed) => closed),
    take(1),
  );
  const whileOpen = <V>(value$: Observable<V>) => value$.pipe(takeUntil(closed$), share(kept<V>()));
  const link$ = whileOpen(links(options));
  const send = sender(link$, silent$, options);
  const unlessClosed = <V>(value$: Observable<V>) =>
    defer(() => (closing$.value ? throwError(() => new ClosedError()) : value$));

  return {
    closed$,
    connection$: defer(() => (closing$.value ? EMPTY : states(link$, silent$))).pipe(
      endWith<Connection>('closed'),
      distinctUntilChanged(),
    ),
    run: (script, keys, ...words) => unlessClosed(runScript(send, script, keys, words)),
    command: (key, ...words) => unlessClosed(send(words[0] ?? '', key, words)),
    ...newsroom(link$, whileOpen, options),
    close: () => closing$.next(true),
  };
}

/** Kept from the first use to the end, whoever comes and goes. */
const kept = <V>(): ShareConfig<V> => ({
  connector: () => new ReplaySubject(1),
  resetOnRefCountZero: false,
  resetOnComplete: false,
  resetOnError: false,
});

/** `connecting` until the first connection; `suspended` while there is none, or it owes an answer past its deadline. */
function states(link$: Observable<Link | undefined>, silent$: Observable<boolean>): Observable<Connection> {
  return combineLatest([link$.pipe(startWith(undefined)), silent$]).pipe(
    // What is silent is asked again by whoever stands; the end of the link is the end of both.
    takeUntil(link$.pipe(ended())),
    map(([link, silent]) => link !== undefined && !silent),
    scan(
      (before, up): Connection => (up ? 'connected' : before === 'connecting' ? 'connecting' : 'suspended'),
      'connecting' as Connection,
    ),
    startWith<Connection>('connecting'),
  );
}

const ended = () => (value$: Observable<unknown>) =>
  value$.pipe(
    filter(() => false),
    endWith(undefined),
  );

type Send = (what: string, key: string, words: readonly string[]) => Observable<unknown>;

/** Sends one command on the connection that stands, or on the next one if that comes before the deadline. */
function sender(link$: Observable<Link | undefined>, silent$: BehaviorSubject<boolean>, options: Resolved): Send {
  const { commandTimeoutMs, clock } = options;
  return (what, key, words) =>
    defer(() => {
      let used: Link | undefined;
      const late = () => {
        used?.giveUp();
        silent$.next(true);
        const cause = new DeadlineError('An answer of Redis', commandTimeoutMs);
        return new ConnectionLostError(`${what} of ${key}`, { cause });
      };
      return link$.pipe(
        filter((link) => link !== undefined),
        take(1),
        tap((link) => {
          used = link;
        }),
        switchMap(({ port }) => answer(port, what, key, words)),
        throwIfEmpty(() => new ClosedError()),
        within(commandTimeoutMs, clock, late),
        tap(() => silent$.value && silent$.next(false)),
      );
    });
}

function answer(port: Port, what: string, key: string, words: readonly string[]): Observable<unknown> {
  return defer(() => from(port.command(key, words))).pipe(
    catchError((error) => throwError(() => fromReply(error, { what, path: key, cluster: port.cluster }))),
  );
}

/** By its digest, and in full to a server that does not know it. */
function runScript(send: Send, { name, sha, text }: Script, keys: Keys, words: readonly string[]) {
  const { all, channel } = keys;
  const rest = [String(all.length), ...all, channel, ...words];
  return send(name, all[0], ['EVALSHA', sha, ...rest]).pipe(
    catchError((error: SuccessionError) =>
      isNoScript(error.cause) ? send(name, all[0], ['EVAL', text, ...rest]) : throwError(() => error),
    ),
    map((reply) => (Array.isArray(reply) ? reply : []).map(String)),
  );
}
