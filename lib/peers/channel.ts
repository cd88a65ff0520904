/** A channel over the peers' own transport: each message goes to everybody who can be reached. */
import {
  concat,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  NEVER,
  of,
  Subject,
  share,
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
 * Whoever cannot be reached is silent, and is taken for failed: between two halves of a partition each is right for
 * itself. So `hearing$` never says that it is we who are cut off.
 */
export function networkChannel(network: Network, name: string): Channel {
  const own$ = new Subject<unknown>();
  const post = (posted: unknown, peers: readonly string[]) => {
    const message: Post = { channel: name, posted };
    own$.next(posted);
    for (const peer of peers) network.send(peer, message);
  };
  const received$ = network.received$.pipe(
    filter(({ message }) => isPost(message, name)),
    map(({ message }) => (message as Post).posted),
  );
  return {
    publish: (_, message$, farewell) => {
      let everybody: readonly string[] = [];
      return message$.pipe(
        withLatestFrom(network.peers$),
        tap(([message, peers]) => {
          everybody = peers;
          post(message, peers);
        }),
        finalize(() => post(farewell(), everybody)),
        ignoreElements(),
      );
    },
    heard$: merge(own$, received$).pipe(share()),
    hearing$: concat(of(true), NEVER),
  };
}

function isPost(message: unknown, name: string): boolean {
  return typeof message === 'object' && message !== null && 'posted' in message && (message as Post).channel === name;
}
