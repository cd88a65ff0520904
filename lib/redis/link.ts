/** One connection of a backend: our own, replaced whenever it is lost, or the given one, which heals itself. */
import {
  catchError,
  concat,
  defer,
  distinctUntilChanged,
  from,
  ignoreElements,
  map,
  Observable,
  of,
  retry,
  switchMap,
  takeWhile,
  throwError,
  timer,
} from 'rxjs';
import { ConnectionLostError, DeadlineError, isRetriable } from '../errors.js';
import { givenPort, ownPort, type Port } from './client.js';
import { within } from './deadline.js';
import { fromReply } from './errors.js';
import { backOff, type Resolved } from './options.js';

/** A connection that can be used. */
export interface Link {
  readonly port: Port;
  /** It owes an answer: it is given up, if it is ours. */
  giveUp(): void;
}

/** The connection for commands, `undefined` while there is none. Errors where trying again cannot help. */
export function links(options: Resolved): Observable<Link | undefined> {
  if (!options.client) return replaced(ownPort(options), options);
  const port = givenPort(options.client);
  const link: Link = { port, giveUp: () => undefined };
  return port.ready$.pipe(
    distinctUntilChanged(),
    map((ready) => (ready ? link : undefined)),
  );
}

/** A connection of our own: each one that is lost is followed by another. */
export function replaced(port$: Observable<Port>, options: Resolved): Observable<Link | undefined> {
  const { logger, clock } = options;
  return port$.pipe(
    switchMap((port) => opened(port, options)),
    catchError((error) =>
      concat(
        of(undefined),
        throwError(() => error),
      ),
    ),
    retry({
      delay: (error) => {
        if (!isRetriable(error)) return throwError(() => error);
        logger.debug({ error }, 'redis: no connection');
        return timer(backOff(options), clock.scheduler);
      },
    }),
  );
}

/** Opens it, and errors when it is lost, or does not open in time. Unsubscribing destroys it. */
function opened(port: Port, { connectTimeoutMs, clock }: Resolved): Observable<Link> {
  const late = () => new DeadlineError('Connecting to Redis', connectTimeoutMs);
  const open$ = defer(() => from(port.open())).pipe(
    within(connectTimeoutMs, clock, late),
    catchError((error) => throwError(() => asked(error, port))),
  );
  const lost$ = port.ready$.pipe(
    takeWhile((ready) => ready),
    ignoreElements(),
  );
  const lost = (why: string) => new ConnectionLostError(why);
  const used$ = new Observable<Link>((subscriber) => {
    subscriber.next({ port, giveUp: () => subscriber.error(lost('a command')) });
    return lost$.subscribe({ complete: () => subscriber.error(lost('the connection')) });
  });
  return new Observable((subscriber) => {
    subscriber.add(() => port.destroy());
    subscriber.add(open$.pipe(switchMap(() => used$)).subscribe(subscriber));
  });
}

/** A deadline is ours already; everything else is the library's. */
function asked(error: unknown, { cluster }: Port): unknown {
  return error instanceof DeadlineError ? error : fromReply(error, { what: 'the greeting', path: 'Redis', cluster });
}
