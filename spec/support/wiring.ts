import { freePort } from './ports.js';
import { startProxy, type TcpProxy } from './proxy.js';

interface Ports {
  readonly quorum: number;
  readonly election: number;
}

interface Wire {
  readonly from: number;
  readonly to: number;
  readonly quorum: TcpProxy;
  readonly election: TcpProxy;
}

/**
 * The wires by which the servers of an ensemble reach each other: for every ordered pair a proxy to the other's quorum
 * port and one to its election port. So every pair can be cut without touching a client's connection, and without root.
 * A learner that reaches a leader which does not listen yet tries again; one that is hung up on holds a new election,
 * 5 s long. So the wires of the quorum are patient.
 */
export class Wiring implements AsyncDisposable {
  readonly #ports: readonly Ports[];
  readonly #wires: Wire[] = [];

  /** For servers 0 … count - 1. */
  static async create(count: number): Promise<Wiring> {
    const ports: Ports[] = [];
    while (ports.length < count) ports.push({ quorum: await freePort(), election: await freePort() });
    const wiring = new Wiring(ports);
    for (const from of ports.keys()) {
      for (const to of ports.keys()) if (from !== to) await wiring.#connect(from, to);
    }
    return wiring;
  }

  private constructor(ports: readonly Ports[]) {
    this.#ports = ports;
  }

  /** The `server.N` lines of one server's zoo.cfg: its own ports in its own line, in the others the proxies to them. */
  lines(member: number): Record<string, string> {
    const line = (to: number): [string, string] => {
      const wire = this.#wires.find((wire) => wire.from === member && wire.to === to);
      const { quorum, election } = wire ? portsOf(wire) : this.#at(to);
      return [`server.${to + 1}`, `127.0.0.1:${quorum}:${election}`];
    };
    return Object.fromEntries([...this.#ports.keys()].map(line));
  }

  /** All wires from and to one server; with `others`, only those between it and them. */
  of(member: number, others: readonly number[] = [...this.#ports.keys()]): TcpProxy[] {
    return this.#wires
      .filter((wire) => joins(wire, member, others))
      .flatMap(({ quorum, election }) => [quorum, election]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = this.#wires.flatMap(({ quorum, election }) => [quorum, election]);
    await Promise.all(all.map((proxy) => proxy[Symbol.asyncDispose]()));
  }

  async #connect(from: number, to: number): Promise<void> {
    const { quorum, election } = this.#at(to);
    const rewrite = (chunk: Buffer) => this.#introduce(from, to, chunk);
    this.#wires.push({
      from,
      to,
      quorum: await startProxy(`127.0.0.1:${quorum}`, { framed: false, patienceMs: 1_000 }),
      election: await startProxy(`127.0.0.1:${election}`, { framed: false, rewrite }),
    });
  }

  /**
   * On an election connection a server introduces itself with its own address, and one with a larger id hangs up and
   * calls back there: past our proxies. So it introduces itself with the proxy on the way back. Ports have five digits.
   */
  #introduce(from: number, to: number, chunk: Buffer): Buffer {
    const back = this.#wires.find((wire) => wire.from === to && wire.to === from);
    const at = chunk.indexOf(`127.0.0.1:${this.#at(from).election}`);
    if (!back || at < 0) return chunk;
    const introduced = Buffer.from(chunk);
    introduced.write(back.election.connect, at);
    return introduced;
  }

  #at(member: number): Ports {
    return this.#ports[member] as Ports;
  }
}

function portsOf(wire: Wire): Ports {
  return { quorum: wire.quorum.port, election: wire.election.port };
}

function joins({ from, to }: Wire, member: number, others: readonly number[]): boolean {
  return (from === member && others.includes(to)) || (to === member && others.includes(from));
}
