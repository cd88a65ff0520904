/** The node of one backend: opened at the first use, closed once. */
import {
  BehaviorSubject,
  concat,
  defer,
  distinctUntilChanged,
  filter,
  type Observable,
  of,
  scan,
  startWith,
  takeUntil,
} from 'rxjs';
import type { Connection } from '../election/election.js';
import { ClosedError } from '../errors.js';
import type { PeerBackendOptions } from './backend.js';
import { serve } from './desk.js';
import { openNode, type PeerNode } from './node.js';
import type { Protocol } from './protocol.js';

export interface House {
  /** Opens the node at the first call. Throws SavedStateError, ClosedError. */
  node(): PeerNode;
  readonly connection$: Observable<Connection>;
  /** Emits once the node is closed. Replays. */
  readonly closed$: Observable<unknown>;
  /** False from the moment it begins to close. */
  isOpen(): boolean;
  /** Resigns, then closes the node. Idempotent; never rejects. */
  close(resign: () => Promise<void>): Promise<void>;
}

export function openOnce<S, M, R>(protocol: Protocol<S, M, R>, options: PeerBackendOptions): House {
  const closed$ = new BehaviorSubject(false);
  let opened: PeerNode | undefined;
  let open = true;
  let closing: Promise<void> | undefined;
  const openNow = () => {
    const store = options.store();
    const node = openNode(protocol, options.network(), store, options);
    serve(node);
    return node;
  };
  const node = () => {
    if (closed$.value || !(opened || open)) throw new ClosedError();
    opened ??= openNow();
    return opened;
  };
  const end$ = closed$.pipe(filter((closed) => closed));
  return {
    node,
    closed$: end$,
    isOpen: () => open,
    connection$: defer(() => concat(open ? connectionOf(node()).pipe(takeUntil(end$)) : of(), of('closed' as const))),
    close(resign) {
      open = false;
      closing ??= resign()
        .then(() => opened?.close())
        .then(() => closed$.next(true));
      return closing;
    },
  };
}

/** Connecting until it was connected once; from then on a lost wire is a suspended one. */
function connectionOf({ connected$ }: PeerNode): Observable<Connection> {
  return connected$.pipe(
    scan<boolean, Connection>(
      (before, up) => (up ? 'connected' : before === 'connecting' ? before : 'suspended'),
      'connecting',
    ),
    startWith('connecting' as const),
    distinctUntilChanged(),
  );
}
