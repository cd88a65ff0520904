/** One node among its peers: an office for each election, over one network. */
import {
  combineLatest,
  distinctUntilChanged,
  map,
  type Observable,
  ReplaySubject,
  Subject,
  Subscription,
  share,
} from 'rxjs';
import { StoreError, SuccessionError } from '../errors.js';
import type { Clock, Logger } from '../options.js';
import { type Gossip, startGossip } from './gossip.js';
import { decode, encode, type Letter } from './letters.js';
import type { NodeId } from './machine.js';
import type { Network } from './network.js';
import { type Office, openOffice } from './office.js';
import type { Protocol } from './protocol.js';
import { run } from './run.js';
import type { Store } from './store.js';

export interface NodeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** How long a node that has just been started waits for peers that it cannot reach, in ms. */
  readonly graceMs: number;
  /** How often a node tells again what it has told, in ms. */
  readonly tellMs: number;
  /** How many elections there may be: peers cannot make a node remember more. */
  readonly maxElections: number;
}

export interface Mail {
  readonly from: NodeId;
  readonly letter: Letter;
}

export interface PeerNode {
  readonly self: NodeId;
  /** What else than elections goes over it is passed over by the node. */
  readonly network: Network;
  readonly offices: ReadonlyMap<string, Office>;
  /** The office of an election: made when first asked for. Throws StoreError when there are too many. */
  office(election: string): Office;
  /** True once everybody has told what there is to tell, or the time for it is over. Replays. */
  readonly settled$: Observable<boolean>;
  /** Could anybody be elected with the nodes in reach? Replays. */
  readonly connected$: Observable<boolean>;
  /** Questions and answers. Hot. */
  readonly mail$: Observable<Mail>;
  post(to: NodeId, letter: Letter): void;
  /** After everything has been resigned. Never rejects. */
  close(): Promise<void>;
}

/** Takes part from now until `close()`, or until the network ends. */
export function openNode<S, M, R>(
  protocol: Protocol<S, M, R>,
  network: Network,
  store: Store,
  options: NodeOptions,
): PeerNode {
  const { self, reachable$ } = network;
  const group$ = network.peers$.pipe(
    map((peers): readonly NodeId[] => [self, ...peers]),
    share({ connector: () => new ReplaySubject(1), resetOnComplete: false }),
  );
  const offices = new Map<string, Office>();
  const mail$ = new Subject<Mail>();
  const living = new Subscription();
  living.add(group$.subscribe());
  const post = (to: NodeId, letter: Letter) =>
    to === self ? mail$.next({ from: self, letter }) : network.send(to, encode(letter));
  const gossip = startGossip({ ...options, offices, group$, reachable$, post });
  const office = (election: string): Office => {
    const known = offices.get(election);
    if (known) return known;
    if (offices.size >= options.maxElections) throw new StoreError('TOO_MANY_ELECTIONS', election, false);
    const send = (to: NodeId, body: M) => post(to, { type: 'machine', election, body });
    const save = (record: R) => store.save(election, record);
    const saved = store.load(election) as R | undefined;
    const running = run(protocol.machine(election), { ...options, self, saved, save, send });
    const opened = openOffice({ ...options, self, election, running, settled$: gossip.settled$ });
    offices.set(election, opened);
    living.add(group$.subscribe((nodes) => running.input({ type: 'members', nodes })));
    gossip.add(opened);
    return opened;
  };
  const end = () => {
    gossip.stop();
    living.unsubscribe();
    for (const one of offices.values()) one.close();
  };
  living.add(
    network.received$.subscribe({
      next: ({ from, message }) => deliver(from, message, { office, gossip, mail$, logger: options.logger }),
      complete: end,
    }),
  );
  return {
    self,
    network,
    offices,
    office,
    settled$: gossip.settled$,
    connected$: combineLatest([reachable$, group$]).pipe(
      map(([reachable, group]) => protocol.canElect(new Set([self, ...reachable]), group)),
      distinctUntilChanged(),
    ),
    mail$: mail$.asObservable(),
    post,
    async close() {
      end();
      await network.close();
      await store.close();
    },
  };
}

interface Rooms {
  readonly office: (election: string) => Office;
  readonly gossip: Gossip;
  readonly mail$: Subject<Mail>;
  readonly logger: Logger;
}

function deliver(from: NodeId, message: unknown, { office, gossip, mail$, logger }: Rooms): void {
  const letter = decode(message);
  try {
    if (letter?.type === 'machine') office(letter.election).running.receive(from, letter.body);
    else if (letter?.type === 'told') gossip.hear(from, office(letter.election), letter);
    else if (letter?.type === 'greeted') gossip.greeted(from);
    else if (letter) mail$.next({ from, letter });
  } catch (error) {
    if (!(error instanceof SuccessionError)) throw error;
    logger.error({ from, error }, 'peers: this node can take no part in an election of its peers');
  }
}
