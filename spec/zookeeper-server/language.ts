/**
 * The language of `behaviour/*.txt`. A case is a title and what clients do, one command a line:
 *
 *     # who watches hears of the change before the reply that shows it
 *     a create /x one
 *       ok /x
 *     b getData /x watch
 *       ok "one" version=0 …
 *
 * The indented lines are what the server answered: recorded from a real one, compared with every other. Paths stand
 * below a znode of the case's own; a path in quotes is sent as it is. Zxids are told as so many after the beginning.
 */
import { int, long, text } from '../support/bare-client.js';
import { opcodes, types } from './vocabulary.js';

export interface Case {
  /** Comments. */
  readonly notes: readonly string[];
  readonly title: string;
  readonly commands: readonly string[];
  /** The case as the file has it. */
  readonly text: string;
}

/** The cases of a file, in order: an empty line between two, and what is said of one in `//` lines above its title. */
export function casesIn(file: string): Case[] {
  return file
    .trim()
    .split(/\n\n+/)
    .map((part) => {
      const lines = part.split('\n');
      const at = lines.findIndex((line) => line.startsWith('# '));
      const commands = lines.slice(at + 1).filter((line) => !line.startsWith(' '));
      return { notes: lines.slice(0, at), title: (lines[at] as string).slice(2), commands, text: `${part}\n` };
    });
}

/** Words, quoted strings and bracketed groups. */
export const wordsIn = (line: string): string[] => line.match(/\[[^\]]*\]|"(?:[^"\\]|\\.)*"|\S+/g) ?? [];

/** A command's words, told apart: what is named (`mode=1`), and the rest. */
export class Arguments {
  readonly plain: string[];
  readonly #named = new Map<string, string>();
  readonly #prefix: string;

  constructor(words: readonly string[], prefix: string) {
    this.#prefix = prefix;
    this.plain = words.filter((word) => !this.#take(word));
  }

  #take(word: string): boolean {
    const [, name, value] = /^([a-zA-Z]+)=(.*)$/.exec(word) ?? [];
    if (name) this.#named.set(name, value as string);
    return name !== undefined;
  }

  has(word: string): boolean {
    return this.plain.includes(word);
  }

  number(name: string, otherwise: number): number {
    return Number(this.#named.get(name) ?? otherwise);
  }

  word(name: string): string | undefined {
    return this.#named.get(name);
  }

  /** A path of the case's own, or one in quotes as it is. */
  path(at = 0): Buffer {
    return this.#pathOf(this.plain[at] ?? '/');
  }

  paths(name: string): Buffer {
    const all = this.#named.get(name)?.split(',').filter(Boolean) ?? [];
    return Buffer.concat([int(all.length), ...all.map((path) => this.#pathOf(path))]);
  }

  #pathOf(word: string): Buffer {
    if (word === 'null') return int(-1);
    if (word.startsWith('"')) return text(JSON.parse(word) as string);
    return text(word === '/' ? this.#prefix : this.#prefix + word);
  }

  data(at = 1): Buffer {
    const word = this.plain[at] ?? '';
    if (word === 'null') return int(-1);
    const repeated = /^(\w)\*(\d+)$/.exec(word);
    if (repeated) return text((repeated[1] as string).repeat(Number(repeated[2])));
    return text(word.startsWith('"') ? (JSON.parse(word) as string) : word);
  }

  acl(): Buffer {
    const word = this.#named.get('acl') ?? '31@world:anyone';
    if (word === 'null') return int(-1);
    const entries = word === 'empty' ? [] : word.split(';');
    return Buffer.concat([int(entries.length), ...entries.map(entryOf)]);
  }
}

function entryOf(entry: string): Buffer {
  const [, perms, scheme, id] = /^(-?\d+)@([^:]*):(.*)$/.exec(entry) ?? [];
  return Buffer.concat([int(Number(perms)), text(scheme ?? ''), text(id ?? '')]);
}

/** The body of each request, by its name. */
export const bodies: Record<string, (args: Arguments) => Buffer> = {
  create: createBody,
  create2: createBody,
  createContainer: createBody,
  createTtl: (args) => Buffer.concat([createBody(args), long(BigInt(args.number('ttl', 1_000)))]),
  delete: (args) => Buffer.concat([args.path(), int(args.number('version', -1))]),
  exists: readBody,
  getData: readBody,
  getChildren: readBody,
  getChildren2: readBody,
  setData: (args) => Buffer.concat([args.path(), args.data(), int(args.number('version', -1))]),
  check: (args) => Buffer.concat([args.path(), int(args.number('version', -1))]),
  getAcl: (args) => args.path(),
  setAcl: (args) => Buffer.concat([args.path(), args.acl(), int(args.number('version', -1))]),
  sync: (args) => args.path(),
  ping: () => Buffer.alloc(0),
  whoAmI: () => Buffer.alloc(0),
  closeSession: () => Buffer.alloc(0),
  getEphemerals: (args) => args.path(),
  getAllChildrenNumber: (args) => args.path(),
  addWatch: (args) => Buffer.concat([args.path(), int(args.number('mode', 0))]),
  checkWatches: watchBody,
  removeWatches: watchBody,
  reconfig: () => Buffer.concat([int(-1), int(-1), int(-1), long(-1n)]),
};

function createBody(args: Arguments): Buffer {
  return Buffer.concat([args.path(), args.data(), args.acl(), int(args.number('mode', 0))]);
}

function readBody(args: Arguments): Buffer {
  return Buffer.concat([args.path(), Buffer.from([args.has('watch') ? 1 : 0])]);
}

function watchBody(args: Arguments): Buffer {
  return Buffer.concat([args.path(), int(types.indexOf(args.word('type') ?? 'any') + 1)]);
}

/** Each operation behind its header, and a last header. */
export function multiBody(groups: readonly string[], prefix: string): Buffer {
  const operations = groups.map((group) => {
    const [name = '', ...words] = wordsIn(group.slice(1, -1));
    const body = bodies[name] ?? (() => Buffer.alloc(0));
    const type = opcodes[name as keyof typeof opcodes] ?? Number(name);
    return Buffer.concat([int(type), Buffer.from([0]), int(-1), body(new Arguments(words, prefix))]);
  });
  return Buffer.concat([...operations, int(-1), Buffer.from([1]), int(-1)]);
}

/** What a client that comes back watches: `data=/x,/y exists=… children=… persistent=… recursive=…`. */
export function setWatchesBody(args: Arguments, relativeZxid: bigint, second: boolean): Buffer {
  const kinds = ['data', 'exists', 'children', ...(second ? ['persistent', 'recursive'] : [])];
  return Buffer.concat([long(relativeZxid), ...kinds.map((kind) => args.paths(kind))]);
}
