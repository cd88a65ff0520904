/** What a file may hold: purity, timers, and how much. */
import { arrow, type Rule } from './rule.js';
import { inside, reachedFrom } from './sources.js';

/** Who may set timers of its own: what guards the sockets, the embedded server's clock, and the command line. */
const TIMERS = ['zookeeper/guard.ts', 'zookeeper-server/clock.ts', 'cli/'];
const CLOCKS_AND_CHANCE = /\b(Date\.now|new Date\(\)|performance\.|Math\.random|crypto\.|process\.|queueMicrotask)/;
const PURE_NAMES = /(^|\/)(line|record|lease|machine)\.ts$/;

export const isPure = (path: string, text: string) =>
  PURE_NAMES.test(path)
    ? !inside(path, 'cli')
    : /^\s*\/\*\*[\s\S]*?@pure[\s\S]*?\*\//.test(text.slice(0, headerEnd(text)));
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
const headerEnd = (text: string) => text.indexOf('*/') + 2;

export const files: readonly Rule[] = [
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
    name: 'no file has more than 250 lines',
    broken: (_, sources) => Object.keys(sources).filter((path) => (sources[path] ?? '').split('\n').length > 251),
    counterExample: { 'long.ts': '\n'.repeat(252) },
  },
];
