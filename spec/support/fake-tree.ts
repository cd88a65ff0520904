import { StoreError } from '../../lib/errors.js';
import type { Op, OpResult, Znode } from '../../lib/zookeeper/requests.js';

type Kind = 'data' | 'children';
interface Watch {
  readonly kind: Kind;
  readonly path: string;
  readonly fire: (gone: boolean) => void;
}

/** A tree of znodes as ZooKeeper keeps it: zxids, versions, owners, sequences, one-shot watches. */
export class FakeTree {
  /** Of the last change. */
  zxid = 100n;
  /** No longer does anybody hear of changes that has asked for them. */
  silent = false;
  private nodes = new Map<string, Znode>();
  private readonly sequences = new Map<string, number>();
  private readonly changed = new Map<string, bigint>();
  private readonly watches = new Set<Watch>();

  get(path: string): Znode {
    const found = this.nodes.get(path);
    if (!found) throw new StoreError('NO_NODE', path, false);
    return found;
  }
  has(path: string): boolean {
    return this.nodes.has(path);
  }
  children(path: string): string[] {
    this.get(path);
    return [...this.nodes.keys()].filter((name) => parentOf(name) === path).map((name) => name.slice(path.length + 1));
  }
  create(prefix: string, data: Uint8Array, owner: bigint, sequential = false): string {
    const parent = parentOf(prefix);
    if (parent !== '/' && !this.nodes.has(parent)) throw new StoreError('NO_NODE', prefix, false);
    const path = sequential ? prefix + this.sequence(parent) : prefix;
    if (this.nodes.has(path)) throw new StoreError('NODE_EXISTS', path, false);
    const zxid = ++this.zxid;
    const base = { version: 0, ctime: 0, mtime: 0, numChildren: 0 };
    this.nodes.set(path, { ...base, path, data, czxid: zxid, mzxid: zxid, owner });
    this.fire('children', parent);
    return path;
  }
  /** All or nothing, under one zxid. */
  commit(ops: readonly Op[]): OpResult[] {
    const before = new Map(this.nodes);
    const zxid = this.zxid + 1n;
    let results: OpResult[];
    try {
      results = ops.map((op, index) => this.apply(op, index, zxid));
    } catch (error) {
      this.nodes = before;
      throw error;
    }
    this.zxid = zxid;
    for (const { op, path } of ops) {
      if (op !== 'check') this.fire('data', path, op === 'remove');
      if (op === 'remove' || op === 'create') this.fire('children', parentOf(path));
    }
    return results;
  }
  /** What a session owned goes with it. */
  expire(owner: bigint): void {
    const owned = [...this.nodes.values()].filter((node) => node.owner === owner);
    for (const { path } of owned) this.commit([{ op: 'remove', path }]);
  }
  /** Calls back once, at the next change after `known`, or at once if there was one. Returns what takes the watch away. */
  watch(kind: Kind, path: string, known: bigint, fire: (gone: boolean) => void): () => void {
    if ((this.changed.get(`${kind} ${path}`) ?? 0n) > known) {
      fire(!this.nodes.has(path));
      return () => undefined;
    }
    const watch: Watch = { kind, path, fire };
    this.watches.add(watch);
    return () => this.watches.delete(watch);
  }
  /** Paths somebody watches. */
  get watched(): string[] {
    return [...this.watches].map(({ path }) => path);
  }

  private apply(op: Op, index: number, zxid: bigint): OpResult {
    if (op.op === 'create') {
      if (this.nodes.has(op.path)) throw new StoreError('NODE_EXISTS', op.path, false, index);
      const base = { version: 0, ctime: 0, mtime: 0, numChildren: 0, owner: 0n };
      this.nodes.set(op.path, { ...base, path: op.path, data: op.data, czxid: zxid, mzxid: zxid });
      return { path: op.path };
    }
    const found = this.nodes.get(op.path);
    if (!found) throw new StoreError('NO_NODE', op.path, false, index);
    if (op.version !== undefined && op.version !== -1 && op.version !== found.version)
      throw new StoreError('BAD_VERSION', op.path, false, index);
    if (op.op === 'remove') {
      this.nodes.delete(op.path);
      this.sequences.delete(op.path);
    }
    if (op.op !== 'set') return {};
    const version = found.version + 1;
    this.nodes.set(op.path, { ...found, data: op.data, mzxid: zxid, version });
    return { mzxid: zxid, version };
  }
  private sequence(parent: string): string {
    const next = this.sequences.get(parent) ?? 0;
    this.sequences.set(parent, next + 1);
    return String(next).padStart(10, '0');
  }
  private fire(kind: Kind, path: string, gone = false): void {
    this.changed.set(`${kind} ${path}`, this.zxid);
    if (gone) this.changed.set(`children ${path}`, this.zxid);
    for (const watch of this.silent ? [] : [...this.watches]) {
      if (watch.path !== path || (watch.kind !== kind && !gone)) continue;
      this.watches.delete(watch);
      watch.fire(gone);
    }
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
