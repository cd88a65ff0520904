/**
 * A network among peers in virtual time: messages are lost, delayed, repeated, overtake each other, and stop at a
 * partition, as a seed has it. The same seed and the same sends give the same deliveries.
 */
import {
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  map,
  mergeMap,
  type Observable,
  of,
  Subject,
  Subscription,
  takeWhile,
  timer,
} from 'rxjs';
import { type Clock, checkDuration, checkTogether } from '../options.js';
import type { NodeId } from '../peers/machine.js';
import type { Network, Received } from '../peers/network.js';
import { between, type Random, seeded } from './random.js';

export interface NetworkSimulationOptions {
  readonly seed: number;
  /** Whose scheduler carries the messages: one in virtual time. */
  readonly clock: Clock;
  /** The share of messages that are lost, from 0 to 1. @default 0 */
  readonly loss?: number;
  /** The share of messages that arrive twice. @default 0 */
  readonly duplication?: number;
  /** Between these a message is under way, in ms; each for itself, so that one may overtake another. @default 1 and 1 */
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
}

export interface NetworkSimulation {
  /** The network as one of the nodes sees it, from now until its `close()`. */
  join(self: NodeId): Network;
  /** From now on only nodes of one group reach each other; whoever is in none is alone. Messages under way arrive. */
  partition(...groups: readonly (readonly NodeId[])[]): void;
  heal(): void;
  /** Everything that was sent, and what became of it, in order. */
  readonly trace: readonly string[];
}

/** Throws InvalidOptionError. */
export function simulateNetwork(nodes: readonly NodeId[], given: NetworkSimulationOptions): NetworkSimulation {
  const hub = new Hub(nodes, resolve(given));
  return {
    join: (self) => join(hub, self),
    partition: (...groups) => hub.sides$.next(groups),
    heal: () => hub.sides$.next([nodes]),
    trace: hub.trace,
  };
}

type Resolved = Required<NetworkSimulationOptions>;
type Sides = readonly (readonly NodeId[])[];

const reaches = (sides: Sides, a: NodeId, b: NodeId) => sides.some((side) => side.includes(a) && side.includes(b));

/** What all nodes have in common: who is on which side, who is here, and what is under way. */
class Hub {
  readonly sides$: BehaviorSubject<Sides>;
  readonly inboxes$ = new BehaviorSubject<ReadonlyMap<NodeId, Subject<Received>>>(new Map());
  readonly trace: string[] = [];
  readonly #random: Random;

  constructor(
    readonly nodes: readonly NodeId[],
    readonly options: Resolved,
  ) {
    this.sides$ = new BehaviorSubject<Sides>([nodes]);
    this.#random = seeded(options.seed);
  }

  /** Those that `self` can speak to now. */
  reachableFrom(self: NodeId): Observable<ReadonlySet<NodeId>> {
    return combineLatest([this.sides$, this.inboxes$]).pipe(
      map(([sides, here]) =>
        this.nodes.filter((node) => node !== self && here.has(node) && reaches(sides, self, node)),
      ),
      distinctUntilChanged((a, b) => a.join() === b.join()),
      map((names) => new Set(names)),
    );
  }

  /** The deliveries of one message, once subscribed: one, or two, or none, as the seed has it. */
  carry(from: NodeId, to: NodeId, text: string): Subscription {
    const { loss, duplication, minDelayMs, maxDelayMs, clock } = this.options;
    const copies = this.#random() < loss ? 0 : this.#random() < duplication ? 2 : 1;
    this.#note(`${from} → ${to} ${text}${[' lost', '', ' twice'][copies]}`);
    const delays = Array.from({ length: copies }, () => between(this.#random, minDelayMs, maxDelayMs));
    return of(...delays)
      .pipe(mergeMap((delayMs) => timer(delayMs, clock.scheduler)))
      .subscribe(() => {
        this.#note(`${to} ← ${from} ${text}`);
        this.inboxes$.value.get(to)?.next({ from, message: JSON.parse(text) });
      });
  }

  #note(what: string): void {
    this.trace.push(`${this.options.clock.now()} ${what}`);
  }
}

function join(hub: Hub, self: NodeId): Network {
  const { nodes, inboxes$, sides$ } = hub;
  const received$ = new Subject<Received>();
  const under = new Subscription();
  inboxes$.next(new Map(inboxes$.value).set(self, received$));
  const isHere = () => inboxes$.value.get(self) === received$;
  return {
    self,
    peers$: of(nodes.filter((node) => node !== self)),
    reachable$: hub.reachableFrom(self).pipe(takeWhile(isHere)),
    received$: received$.asObservable(),
    send: (to, message) => {
      if (isHere() && inboxes$.value.has(to) && reaches(sides$.value, self, to))
        under.add(hub.carry(self, to, JSON.stringify(message)));
    },
    close: async () => {
      if (!isHere()) return;
      under.unsubscribe();
      inboxes$.next(new Map([...inboxes$.value].filter(([node]) => node !== self)));
      received$.complete();
    },
  };
}

function resolve(given: NetworkSimulationOptions): Resolved {
  const { seed, clock, loss = 0, duplication = 0, minDelayMs = 1, maxDelayMs } = given;
  const least = checkDuration('minDelayMs', minDelayMs);
  const most = checkDuration('maxDelayMs', maxDelayMs ?? Math.max(1, least));
  checkTogether(least <= most, 'maxDelayMs', most, `must be at least minDelayMs (${least})`);
  for (const [option, share] of Object.entries({ loss, duplication }))
    checkTogether(share >= 0 && share <= 1, option, share, 'must be a share from 0 to 1');
  return { seed, clock, loss, duplication, minDelayMs: least, maxDelayMs: most };
}
