/** The links of one node: at most one in use for each peer. */
import { BehaviorSubject, distinctUntilChanged, map, type Observable, Subject } from 'rxjs';
import type { Link } from './link.js';
import type { NodeId } from './machine.js';
import type { Received } from './network.js';

export interface Mesh {
  readonly reachable$: Observable<ReadonlySet<NodeId>>;
  readonly received$: Observable<Received>;
  /** Is there a link to this peer? Replays. */
  linked$(peer: NodeId): Observable<boolean>;
  add(link: Link): void;
  remove(link: Link): void;
  receive(received: Received): void;
  send(to: NodeId, message: unknown): void;
  /** Lets go of everybody who is not among these. */
  keep(peers: ReadonlySet<NodeId>): void;
  /** Says what was sent, closes every link, and tells everybody that nobody can be reached any more. */
  close(): void;
}

export function createMesh(self: NodeId): Mesh {
  const links = new Map<NodeId, readonly Link[]>();
  const reachable$ = new BehaviorSubject<ReadonlySet<NodeId>>(new Set());
  const received$ = new Subject<Received>();
  const linksTo = (peer: NodeId) => links.get(peer) ?? [];
  const set = (peer: NodeId, now: readonly Link[]) => {
    if (now.length > 0) links.set(peer, now);
    else links.delete(peer);
    if (reachable$.value.has(peer) !== now.length > 0) reachable$.next(new Set(links.keys()));
  };
  return {
    reachable$: reachable$.asObservable(),
    received$: received$.asObservable(),
    linked$: (peer) =>
      reachable$.pipe(
        map((reachable) => reachable.has(peer)),
        distinctUntilChanged(),
      ),
    add(link) {
      const { kept, ended, destroyed } = settle([...linksTo(link.peer), link], self);
      for (const one of destroyed) one.destroy();
      for (const one of ended) one.end();
      // A peer in a new life knows nothing any more: everybody here hears that the old one was lost.
      if (destroyed.some(({ life }) => life !== link.life)) set(link.peer, []);
      set(link.peer, kept);
    },
    remove: (link) =>
      set(
        link.peer,
        linksTo(link.peer).filter((one) => one !== link),
      ),
    receive: (received) => received$.next(received),
    send: (to, message) => inUse(linksTo(to))?.send(message),
    keep(peers) {
      for (const [peer, all] of links) if (!peers.has(peer)) for (const link of all) link.destroy();
    },
    close() {
      for (const link of [...links.values()].flat()) link.end();
      reachable$.next(new Set());
      reachable$.complete();
      received$.complete();
    },
  };
}

/** Both ends use the link that the smaller id opened, and of two such the newer. */
function inUse(links: readonly Link[]): Link | undefined {
  return links.reduce<Link | undefined>((best, link) => (best && best.dialer < link.dialer ? best : link), undefined);
}

/**
 * What a new link, the last, makes of the others to the same peer. Those of an earlier life, and an earlier one of the
 * same dialer, are dead and do not know it. Two that crossed are both alive: whoever opened the one that is not to be
 * used closes it, so that nobody loses a link before having the other.
 */
export function settle(links: readonly Link[], self: NodeId) {
  const newest = links.at(-1) as Link;
  const isDead = (link: Link) => link !== newest && (link.life !== newest.life || link.dialer === newest.dialer);
  const alive = links.filter((link) => !isDead(link));
  const ended = alive.filter((link) => link !== inUse(alive) && link.dialer === self);
  return { kept: alive.filter((link) => !ended.includes(link)), ended, destroyed: links.filter(isDead) };
}
