/** What one transport has under its roof: every connection, from its first byte to its last. */
import { randomUUID } from 'node:crypto';
import { BehaviorSubject, filter, firstValueFrom, merge, type Observable, Subscription, timer } from 'rxjs';
import type { Own } from './handshake.js';
import type { Link } from './link.js';
import type { NodeId } from './machine.js';
import { createMesh, type Mesh } from './mesh.js';
import type { ResolvedTcp } from './tcp-options.js';

/** How long `close()` waits for what was sent last, in ms. */
const CLOSE_MS = 500;

export interface Room {
  readonly options: ResolvedTcp;
  readonly own: Own;
  readonly mesh: Mesh;
  /** Who may call itself a peer. */
  readonly known: Set<NodeId>;
  /** Every connection of ours, until it is over. */
  readonly connections: Subscription;
  /** How many of them are links. */
  readonly linked$: BehaviorSubject<number>;
}

export function furnish(options: ResolvedTcp): Room {
  const own = { self: options.self, life: randomUUID(), secret: options.secret };
  const mesh = createMesh(options.self);
  return { options, own, mesh, known: new Set(), connections: new Subscription(), linked$: new BehaviorSubject(0) };
}

/** Lets what was sent last go out, then closes. */
export async function close({ connections, linked$, mesh, options }: Room, running: Subscription): Promise<void> {
  running.unsubscribe();
  mesh.close();
  const over$ = linked$.pipe(filter((count) => count === 0));
  await firstValueFrom(merge(over$, timer(CLOSE_MS, options.clock.scheduler)));
  connections.unsubscribe();
}

/** Takes a connection in for as long as it lasts, whoever asked for it. */
export function takeIn(room: Room, link$: Observable<Link>, met: () => void, over: () => void): Subscription {
  const { mesh, linked$, connections } = room;
  const connection = link$.subscribe({
    next: (link) => {
      connection.add(() => {
        mesh.remove(link);
        linked$.next(linked$.value - 1);
      });
      linked$.next(linked$.value + 1);
      met();
      mesh.add(link);
    },
    complete: over,
  });
  connections.add(connection);
  return connection;
}
