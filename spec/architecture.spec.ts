/**
 * The house rules, read from the imports of lib/. Each rule has a counter-example, so that no rule holds for want of
 * anything to look at.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface Import {
  readonly from: string;
  /** A path below lib/, or a module's name. */
  readonly to: string;
  readonly how: 'value' | 'type' | 'lazy';
}

/** Texts by path below lib/. */
type Sources = Readonly<Record<string, string>>;

interface Rule {
  readonly name: string;
  /** What breaks it. */
  broken(imports: readonly Import[], sources: Sources): readonly string[];
  /** A house that breaks it, at one place. */
  readonly counterExample: Sources;
}

const BACKENDS = ['zookeeper', 'memory', 'redis', 'peers/raft', 'peers/bully', 'peers/ring', 'peers/voting'];
/** Who may hold a socket: the client library's guard, the embedded server, and the transports. */
const SOCKETS = ['zookeeper/client.ts', 'zookeeper-server/endpoint.ts', 'peers/tcp.ts', 'redis/client.ts'];
/** Who may set timers of its own: what guards the sockets, the embedded server's clock, and the command line. */
const TIMERS = ['zookeeper/guard.ts', 'zookeeper-server/clock.ts', 'cli/'];
const CLOCKS_AND_CHANCE = /\b(Date\.now|new Date\(\)|performance\.|Math\.random|crypto\.|process\.|queueMicrotask)/;
const PURE_NAMES = /(^|\/)(line|record|lease|machine)\.ts$/;

const inside = (path: string, room: string) => path.startsWith(`${room}/`);
const backendOf = (path: string) => BACKENDS.find((backend) => inside(path, backend));
const isOwn = (to: string) => to.endsWith('.ts');
const isPure = (path: string, text: string) =>
  PURE_NAMES.test(path)
    ? !inside(path, 'cli')
    : /^\s*\/\*\*[\s\S]*?@pure[\s\S]*?\*\//.test(text.slice(0, headerEnd(text)));
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
const headerEnd = (text: string) => text.indexOf('*/') + 2;

const rules: readonly Rule[] = [
  forbid(
    'no backend imports another',
    ({ from, to }) => {
      const [one, other] = [backendOf(from), backendOf(to)];
      return one !== undefined && other !== undefined && one !== other;
    },
    { 'memory/index.ts': "import type { A } from '../zookeeper/index.js';", 'zookeeper/index.ts': '' },
  ),

  forbid('nothing imports the command line', ({ from, to }) => inside(to, 'cli') && !inside(from, 'cli'), {
    'lock/index.ts': "import { print } from '../cli/output.js';",
    'cli/output.ts': '',
  }),

  forbid(
    'the command line reaches backends through connect alone',
    ({ from, to }) => inside(from, 'cli') && backendOf(to) !== undefined,
    {
      'cli/main.ts': "import { memory } from '../memory/index.js';",
      'memory/index.ts': '',
    },
  ),

  forbid(
    'election imports nothing outward but errors and options',
    ({ from, to }) =>
      inside(from, 'election') && isOwn(to) && !inside(to, 'election') && to !== 'errors.ts' && to !== 'options.ts',
    {
      'election/laws.ts': "import type { Session } from '../zookeeper/session.js';",
      'zookeeper/session.ts': '',
    },
  ),

  forbid(
    'errors and options import nothing of ours but each other',
    ({ from, to }) => (from === 'errors.ts' || from === 'options.ts') && isOwn(to) && to !== 'errors.ts',
    {
      'options.ts': "import { a } from './election/laws.js';",
      'election/laws.ts': '',
    },
  ),

  forbid(
    'connect.ts alone names backends from outside, and loads them lazily',
    ({ from, to, how }) =>
      backendOf(to) !== undefined &&
      backendOf(from) === undefined &&
      !inside(from, 'cli') &&
      (from !== 'connect.ts' || how === 'value'),
    {
      'connect.ts': "import { memory } from './memory/index.js';",
      'memory/index.ts': '',
    },
  ),

  forbid(
    'node-zookeeper-client is used in zookeeper/client.ts alone, and its types nowhere outside zookeeper/',
    ({ from, to, how }) =>
      to === 'node-zookeeper-client' &&
      from !== 'zookeeper/client.ts' &&
      !(how === 'type' && inside(from, 'zookeeper')),
    {
      'zookeeper/session.ts': "import zookeeper from 'node-zookeeper-client';",
    },
  ),

  forbid(
    'sockets are opened by the transports alone',
    ({ from, to, how }) =>
      ['node:net', 'node:tls', 'net', 'tls'].includes(to) && how !== 'type' && !SOCKETS.includes(from),
    {
      'zookeeper/session.ts': "import { connect } from 'node:net';",
    },
  ),

  {
    name: 'what is pure imports neither rxjs nor node:*',
    broken: (imports, sources) =>
      imports.filter(({ from, to }) => isPure(from, sources[from] ?? '') && /^(rxjs|node:)/.test(to)).map(arrow),
    counterExample: { 'election/yielding.ts': "/** How long. @pure */\nimport { timer } from 'rxjs';" },
  },

  {
    name: 'what is pure asks neither a clock nor chance',
    broken: (_, sources) =>
      Object.keys(sources).filter(
        (path) => isPure(path, sources[path] ?? '') && CLOCKS_AND_CHANCE.test(withoutComments(sources[path] ?? '')),
      ),
    counterExample: { 'peers/raft/machine.ts': 'export const step = () => Date.now();' },
  },

  {
    name: 'the core of the embedded server is pure: all that a step reaches',
    broken: (imports, sources) =>
      reachedFrom('zookeeper-server/step.ts', imports).filter((path) => !isPure(path, sources[path] ?? '')),
    counterExample: {
      'zookeeper-server/step.ts': "/** @pure */\nimport { handlers } from './requests.js';",
      'zookeeper-server/requests.ts': "/** @pure */\nimport { now } from './clock.js';",
      'zookeeper-server/clock.ts': 'export const now = () => Date.now();',
    },
  },

  {
    name: 'the command line loads rxjs only with a command that needs it',
    broken: (imports) => reachedFrom('cli/main.ts', imports).filter((path) => path.startsWith('rxjs')),
    counterExample: {
      'cli/main.ts': "import { cli } from './cli.js';",
      'cli/cli.ts': "import { Subject } from 'rxjs';",
    },
  },

  {
    name: 'timers run on the clock’s scheduler',
    broken: (_, sources) =>
      Object.keys(sources).filter(
        (path) =>
          /\bset(Timeout|Interval|Immediate)\(/.test(sources[path] ?? '') &&
          !TIMERS.some((room) => path.startsWith(room)),
      ),
    counterExample: { 'election/laws.ts': 'setTimeout(() => undefined, 1);' },
  },

  {
    name: 'there are no cycles',
    broken: (imports) => cycles(imports).map((files) => files.join(' → ')),
    counterExample: {
      'a/a.ts': "import { b } from '../b/b.js';",
      'b/b.ts': "import type { a } from '../a/a.js';",
    },
  },

  {
    name: 'no file has more than 250 lines',
    broken: (_, sources) => Object.keys(sources).filter((path) => (sources[path] ?? '').split('\n').length > 251),
    counterExample: { 'long.ts': '\n'.repeat(252) },
  },
];

describe('the house', () => {
  const lib = read('lib');
  const imports = importsOf(lib);
  const named = rules.map((rule) => [rule.name, rule] as const);

  it('is read: every file, and what it imports', () => {
    expect(Object.keys(lib)).toEqual(expect.arrayContaining(['index.ts', 'election/candidacy.ts', 'memory/line.ts']));
    expect(imports).toContainEqual({ from: 'memory/index.ts', to: 'election/candidacy.ts', how: 'value' });
    expect(imports).toContainEqual({ from: 'memory/line.ts', to: 'election/election.ts', how: 'type' });
    expect(imports).toContainEqual({ from: 'connect.ts', to: 'memory/index.ts', how: 'lazy' });
    expect(imports.filter(({ to }) => isOwn(to) && lib[to] === undefined)).toEqual([]);
  });

  it.each(named)('keeps the rule: %s', (_, { broken }) => {
    expect(broken(imports, lib)).toEqual([]);
  });

  it.each(named)('sees a break of the rule: %s', (_, { broken, counterExample }) => {
    expect(broken(importsOf(counterExample), counterExample)).toHaveLength(1);
  });

  it('has pure files to look at', () => {
    const pure = Object.keys(lib).filter((path) => isPure(path, lib[path] ?? ''));
    expect(pure).toEqual(expect.arrayContaining(['memory/line.ts', 'election/yielding.ts']));
  });
});

function forbid(name: string, isForbidden: (one: Import) => boolean, counterExample: Sources): Rule {
  return { name, broken: (imports) => imports.filter(isForbidden).map(arrow), counterExample };
}

function arrow({ from, to }: Import): string {
  return `${from} → ${to}`;
}

function read(folder: string): Sources {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const sources = paths.filter((path) => !path.endsWith('.d.ts'));
  return Object.fromEntries(sources.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function importsOf(sources: Sources): readonly Import[] {
  return Object.entries(sources).flatMap(([from, text]) => {
    const found: Import[] = [];
    const note = (specifier: ts.Node | undefined, how: Import['how']) => {
      if (specifier && ts.isStringLiteral(specifier)) found.push({ from, to: resolve(from, specifier.text), how });
    };
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node)) note(node.moduleSpecifier, node.importClause?.isTypeOnly ? 'type' : 'value');
      if (ts.isExportDeclaration(node)) note(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value');
      if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) note(node.argument.literal, 'type');
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
        note(node.arguments[0], 'lazy');
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest));
    return found;
  });
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts') : specifier;
}

/** Files that reach themselves, once for each knot. Types count where they tie one room to another. */
function cycles(imports: readonly Import[]): string[][] {
  const own = imports.filter(({ from, to, how }) => isOwn(to) && (how !== 'type' || dirname(from) !== dirname(to)));
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file]);
    if (path.includes(file) || done.has(file)) return;
    for (const { to } of own.filter(({ from }) => from === file)) visit(to, [...path, file]);
    done.add(file);
  };
  for (const { from } of own) visit(from, []);
  return found;
}

/** What is loaded with a file: all it imports, and what that does. */
function reachedFrom(start: string, imports: readonly Import[]): readonly string[] {
  const reached = new Set([start]);
  for (const file of reached)
    for (const { from, to, how } of imports) if (from === file && how === 'value') reached.add(to);
  return [...reached];
}
