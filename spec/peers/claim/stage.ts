/** A group in virtual time that does as it is told, and writes down what its nodes say to each other. */
import type { NodeId, Standing } from '../../../lib/peers/machine.js';
import type { QuorumOptions } from '../../../lib/peers/quorum.js';
import { Group, type SimulatedNode } from '../../../lib/sim/group.js';
import { startProcess } from '../../../lib/sim/process.js';
import { make, type Name } from './world.js';

export interface Scene extends Partial<QuorumOptions> {
  readonly nodes: readonly NodeId[];
  readonly seed?: number;
  readonly weights?: Readonly<Record<NodeId, number>>;
}

interface Delivery {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly text: string;
}

/** Messages take 5 ms; clocks are exact. */
export class Stage {
  readonly group: Group;
  readonly lines: string[] = [];
  #said: Delivery[] = [];
  #saidAt = 0;
  #leaders = new Map<NodeId, string>();

  constructor(name: Name, { nodes, seed = 1, weights = {}, ...options }: Scene) {
    const standing = (node: NodeId): Standing => ({ weight: weights[node] ?? 0, order: nodes.indexOf(node) + 1 });
    const network = { delayMs: [5, 5], loss: 0, duplication: 0, slow: 0, slowMs: 0 } as const;
    const trace = (line: string) => this.#hear(line);
    const never = { electionTimeoutMs: 1, clockDrift: 0, faults: [], calmAtMs: 0 };
    const times = { heartbeatMs: 500, leaseMs: 2_000, answerMs: 200, clockDrift: 0, ...options };
    this.group = new Group({ ...never, seed, nodes, standing, network, trace }, (self, _, disk) =>
      startProcess(make(name, { self, members: nodes, ...times }), disk),
    );
  }

  /** Lets so much time pass. */
  run(ms: number): this {
    let isOver = false;
    this.group.at(this.group.now + ms, () => {
      isOver = true;
    });
    while (!isOver && this.group.goOn(Number.POSITIVE_INFINITY)) this.#look();
    return this;
  }

  /** Says what happens, and lets it. */
  act(what: string, does: (group: Group) => void): this {
    this.#flush();
    this.lines.push('', `${this.#time(this.group.now)} — ${what}`);
    does(this.group);
    this.#look();
    return this;
  }

  crash = (id: NodeId) => this.act(`${id} crashes`, (group) => group.crash(this.node(id)));
  start = (id: NodeId) => this.act(`${id} is started again`, (group) => group.start(this.node(id)));
  heal = () => this.act('the partition heals', ({ cuts }) => cuts.clear());
  split = (side: readonly NodeId[]) =>
    this.act(`a partition: ${side.join(' ')} on one side, the others on the other`, ({ cuts }) =>
      cuts.add((from, to) => side.includes(from) !== side.includes(to)),
    );

  node(id: NodeId): SimulatedNode {
    return this.group.nodes.find((node) => node.id === id)!;
  }

  get leaders(): readonly NodeId[] {
    return this.group.nodes.filter(isLeading).map(({ id }) => id);
  }

  /** From here on, only what comes. */
  forget(): this {
    this.#flush();
    this.lines.length = 0;
    return this;
  }

  get text(): string {
    this.#flush();
    return `${this.lines.join('\n').trim()}\n`;
  }

  #hear(line: string): void {
    const delivered = /^\S+ (\S+) ← (\S+) (\{.*?\})(?= →|$)/m.exec(line);
    if (!delivered) return;
    const [, to, from, json] = delivered as unknown as [string, NodeId, NodeId, string];
    const text = this.#tell(to, json);
    if (text === undefined) return;
    if (this.group.now !== this.#saidAt) this.#flush();
    this.#saidAt = this.group.now;
    this.#said.push({ from, to, text });
  }

  /** In words; `undefined` for heartbeats, and for the getting acquainted. */
  #tell(to: NodeId, json: string): string | undefined {
    const { type, hop, hops, sent, ...rest } = JSON.parse(json) as Record<string, unknown>;
    if (type === 'renew' || type === 'hello' || type === 'ack') return undefined;
    if (type === 'promise' && this.node(to).view?.leading) return undefined;
    if (type === 'offer') return `offer${rest.free ? '' : `: not free for ${Math.ceil(Number(rest.afterMs))} ms`}`;
    const { standing, freed, ...told } = rest as { standing?: Standing; freed?: unknown };
    const fields = { ...told, ...(standing && type !== 'ask' && { standing: `${standing.weight}/${standing.order}` }) };
    const shown = Object.entries(fields).filter(([key]) => key !== 'round' || type !== 'probe');
    const words = shown.map(([key, value]) => (key === 'node' ? String(value) : `${key} ${value}`));
    return [type, ...words].join(' ');
  }

  /** What is said at the same time goes into one line, if it is the same. */
  #flush(): void {
    const at = this.#time(this.#saidAt);
    const same = (a: Delivery, b: Delivery) => a.text === b.text;
    for (let rest = this.#said; rest[0]; ) {
      const [first] = rest as [Delivery];
      const alike = rest.filter((one) => same(one, first) && (one.from === first.from || one.to === first.to));
      const one = alike.filter(({ from }) => from === first.from).length > 1;
      const group = alike.filter(({ from, to }) => (one ? from === first.from : to === first.to));
      const names = (side: 'from' | 'to') => [...new Set(group.map((each) => each[side]))].join(' ');
      this.lines.push(`${at}  ${names('from')} → ${names('to')}: ${first.text}`);
      rest = rest.filter((each) => !group.includes(each));
    }
    this.#said = [];
  }

  #look(): void {
    for (const node of this.group.nodes) {
      const token = isLeading(node) ? String(node.view!.leading!.token) : undefined;
      const before = this.#leaders.get(node.id);
      if (token === before) continue;
      this.#flush();
      const what = token === undefined ? `leads no more (token ${before})` : `leads, token ${token}`;
      this.lines.push(`${this.#time(this.group.now)}  * ${node.id} ${what}`);
      if (token === undefined) this.#leaders.delete(node.id);
      else this.#leaders.set(node.id, token);
      if (this.#leaders.size > 1)
        this.lines.push(`           ! ${[...this.#leaders.keys()].join(' and ')} lead at once`);
    }
  }

  #time = (ms: number) => `${ms.toFixed(0).padStart(6)} ms`;
}

function isLeading({ view, now }: SimulatedNode): boolean {
  return view?.leading !== undefined && now() < view.leading.until;
}
