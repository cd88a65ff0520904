/** Who may import whom. */
import { forbid, type Rule } from './rule.js';
import { cycles, inside, isOwn, reachedFrom } from './sources.js';

const BACKENDS = ['zookeeper', 'memory', 'redis', 'peers/raft', 'peers/bully', 'peers/ring', 'peers/voting'];
/** Who may hold a socket: the client library's guard, the embedded server, and the transports. */
const SOCKETS = ['zookeeper/client.ts', 'zookeeper-server/endpoint.ts', 'peers/tcp.ts', 'redis/client.ts'];

const backendOf = (path: string) => BACKENDS.find((backend) => inside(path, backend));

export const rooms: readonly Rule[] = [
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
    name: 'the command line loads rxjs only with a command that needs it',
    broken: (imports) => reachedFrom('cli/main.ts', imports).filter((path) => path.startsWith('rxjs')),
    counterExample: {
      'cli/main.ts': "import { cli } from './cli.js';",
      'cli/cli.ts': "import { Subject } from 'rxjs';",
    },
  },

  {
    name: 'there are no cycles',
    broken: (imports) => cycles(imports).map((files) => files.join(' → ')),
    counterExample: {
      'a/a.ts': "import { b } from '../b/b.js';",
      'b/b.ts': "import type { a } from '../a/a.js';",
    },
  },
];
