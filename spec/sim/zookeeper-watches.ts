import { type Frame, Writer } from '../../lib/zookeeper/codec.js';
import type { RawWatcher } from '../../lib/zookeeper/raw.js';
import { OpCode } from '../../lib/zookeeper-server/opcodes.js';
import { EventType } from '../../lib/zookeeper-server/watches.js';

/** The watches of a client. They outlive its connections. */
export class Watches {
  readonly #data = new Map<string, Set<RawWatcher>>();
  readonly #children = new Map<string, Set<RawWatcher>>();

  add(kind: 'data' | 'children', path: string, watcher: RawWatcher): void {
    const table = kind === 'data' ? this.#data : this.#children;
    table.set(path, (table.get(path) ?? new Set()).add(watcher));
  }

  /** What a new connection says of them, by what was seen last; nothing if there are none. */
  renewal(zxid: bigint): Frame | undefined {
    const [data, children] = [[...this.#data.keys()], [...this.#children.keys()]];
    if (data.length + children.length === 0) return undefined;
    const body = new Writer().int(Number(zxid >> 32n)).int(Number(BigInt.asIntN(32, zxid)));
    for (const paths of [data, [], children]) {
      body.int(paths.length);
      for (const path of paths) body.text(path);
    }
    return body.frame(OpCode.setWatches);
  }

  /** Each watch fires once. */
  fire(type: number, path: string): void {
    const tables =
      type === EventType.deleted
        ? [this.#data, this.#children]
        : [type === EventType.childrenChanged ? this.#children : this.#data];
    const fired = new Set(tables.flatMap((table) => [...(table.get(path) ?? [])]));
    for (const table of tables) table.delete(path);
    for (const watcher of fired) watcher({ getType: () => type, getPath: () => path });
  }
}
