/** Listens on a second connection. News only hurries: whoever misses some hears it at its next heartbeat. */
import {
  catchError,
  defer,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  ignoreElements,
  map,
  Observable,
  of,
  retry,
  share,
  startWith,
  switchMap,
  take,
  timer,
} from 'rxjs';
import { ClosedError, ConnectionLostError, isRetriable } from '../errors.js';
import type { Port } from './client.js';
import { within } from './deadline.js';
import { fromReply } from './errors.js';
import { type Link, replaced } from './link.js';
import { backOff, type Resolved } from './options.js';
import type { Wire } from './wire.js';

export function newsroom(
  link$: Observable<Link | undefined>,
  whileOpen: <V>(value$: Observable<V>) => Observable<V>,
  options: Resolved,
): Pick<Wire, 'news' | 'listens$'> {
  const { clock, logger } = options;
  const another = (port: Port) =>
    replaced(
      defer(() => [port.duplicate()]),
      options,
    );
  const second$ = link$.pipe(
    map((link) => link?.port),
    distinctUntilChanged(),
    switchMap((port) => (port ? another(port) : EMPTY).pipe(startWith(undefined))),
  );
  const ear$ = whileOpen(second$.pipe(switchMap((link) => (link ? tried(link, options) : of(undefined)))));
  const again = (error: unknown) => {
    logger.debug({ error }, 'redis: not listening');
    if (isRetriable(error) || error instanceof ClosedError) return timer(backOff(options), clock.scheduler);
    logger.warn({ error }, 'redis: no news; heartbeats alone tell of changes');
    return EMPTY;
  };
  const listens$ = ear$.pipe(
    map((link) => link !== undefined),
    catchError(() => of(false)),
    startWith(false),
    distinctUntilChanged(),
  );
  const rooms = new Map<string, Observable<string>>();
  const news = (channel: string) => {
    const room$ =
      rooms.get(channel) ??
      ear$.pipe(
        switchMap((link) => (link ? listened(link, channel, options) : EMPTY)),
        retry({ delay: again }),
        share(),
      );
    rooms.set(channel, room$);
    return room$;
  };
  return { news, listens$ };
}

/** Nothing is sent to whoever only listens: that a connection is dead shows when it is asked for something. */
function tried(link: Link, options: Resolved): Observable<Link> {
  const { clock, renewMs, prefix } = options;
  const answered$ = listened(link, `${prefix}:tried`, options).pipe(
    take(1),
    catchError(() => EMPTY),
  );
  return timer(renewMs, renewMs, clock.scheduler).pipe(
    exhaustMap(() => answered$),
    ignoreElements(),
    startWith(link),
  );
}

function listened({ port, giveUp }: Link, channel: string, { clock, commandTimeoutMs }: Resolved): Observable<string> {
  const late = () => {
    giveUp();
    return new ConnectionLostError(`listening to ${channel}`);
  };
  const heard$ = new Observable<string>((subscriber) => {
    port
      .subscribe(channel, (message) => subscriber.next(message))
      .then(
        (stop) => {
          if (subscriber.closed) return stop();
          subscriber.add(stop);
          subscriber.next('');
        },
        (error: unknown) =>
          subscriber.error(fromReply(error, { what: 'SUBSCRIBE', path: channel, cluster: port.cluster })),
      );
  });
  return heard$.pipe(within(commandTimeoutMs, clock, late));
}
