/** A channel over the peers' own transport: each message goes to everybody who can be reached. */
import {
  concat,
  defer,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  Subject,
  takeUntil,
  tap,
  withLatestFrom,
} from 'rxjs';
import type { Channel } from '../election/channel.js';
import type { Network } from './network.js';

/** How a message on a channel looks on the wire; the protocols pass over it. */
interface Post {
  readonly channel: string;
  readonly posted: unknown;
}

/**
 * `network` is asked for at the first use. Whoever cannot be reached is silent, and is taken for failed: between two
 * halves of a partition each is right for itself. So `hearing$` never says that it is we who are cut off. Who listens
 * hears what is posted from then on.
 */
export function networkChannel(network: () => Network, name: string, closed$: Observable<unknown>): Channel {
  const own$ = new Subject<unknown>();
  const post = ({ send }: Network, posted: unknown, peers: readonly string[]) => {
    const message: Post = { channel: name, posted };
    own$.next(posted);
    for (const peer of peers) send(peer, message);
  };
  const received$ = defer(() => network().received$).pipe(
    filter(({ message }) => isPost(message, name)),
    map(({ message }) => (message as Post).posted),
  );
  return {
    publish: (_, message$, farewell) =>
      defer(() => {
        const open = network();
        let everybody: readonly string[] = [];
        return message$.pipe(
          withLatestFrom(open.peers$),
          tap(([message, peers]) => {
            everybody = peers;
            post(open, message, peers);
          }),
          takeUntil(closed$),
          finalize(() => post(open, farewell(), everybody)),
          ignoreElements(),
        );
      }),
    heard$: merge(own$, received$).pipe(takeUntil(closed$)),
    hearing$: concat(of(true), NEVER).pipe(takeUntil(closed$)),
  };
}

function isPost(message: unknown, name: string): boolean {
  return typeof message === 'object' && message !== null && 'posted' in message && (message as Post).channel === name;
}
