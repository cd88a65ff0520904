/** The four-letter words, in the words of the real server as far as people and tools read them. @pure */
import type { State } from './state.js';
import type { WatchTable } from './watches.js';

/** What `cons`, `stat` and `mntr` tell of a connection. */
export interface Counted {
  readonly id: number;
  readonly session: bigint | undefined;
  readonly sent: number;
  readonly received: number;
}

type Word = (state: State, links: readonly Counted[]) => string;

export const VERSION = '3.8.0-succession, built for tests';

/** Empty for what is no word. */
export const answerWord = (word: string, state: State, links: readonly Counted[]): string =>
  Object.hasOwn(words, word) ? (words[word] as Word)(state, links) : '';

const hex = (id: bigint): string => `0x${BigInt.asUintN(64, id).toString(16)}`;

const count = (state: State): number => state.nodes.size - 1;

const ruok: Word = () => 'imok';

const srvr: Word = (state, links) => `Zookeeper version: ${VERSION}\n${summary(state, links)}`;

const stat: Word = (state, links) =>
  `Zookeeper version: ${VERSION}\nClients:\n${links.map((link) => ` ${clientOf(state, link)}\n`).join('')}\n${summary(state, links)}`;

const summary: Word = (state, links) => `Latency min/avg/max: 0/0.0/0
Received: ${sum(links, 'received')}
Sent: ${sum(links, 'sent')}
Connections: ${links.length}
Outstanding: 0
Zxid: ${hex(state.zxid)}
Mode: standalone
Node count: ${count(state)}
`;

const mntr: Word = (state, links) =>
  table({
    zk_version: VERSION,
    zk_server_state: 'standalone',
    zk_avg_latency: '0.0',
    zk_packets_received: sum(links, 'received'),
    zk_packets_sent: sum(links, 'sent'),
    zk_num_alive_connections: links.length,
    zk_outstanding_requests: 0,
    zk_znode_count: count(state),
    zk_watch_count: watchCount(state),
    zk_ephemerals_count: [...state.ephemerals.values()].reduce((all, paths) => all + paths.size, 0),
    zk_global_sessions: state.sessions.size,
  });

const table = (lines: Record<string, string | number>): string =>
  Object.entries(lines)
    .map(([name, value]) => `${name}\t${value}\n`)
    .join('');

const conf: Word = ({ rules }) => `dataDir=memory
tickTime=${rules.tickMs}
maxClientCnxns=0
minSessionTimeout=${rules.minSessionTimeoutMs}
maxSessionTimeout=${rules.maxSessionTimeoutMs}
serverId=0
`;

const cons: Word = (state, links) => `${links.map((link) => ` ${clientOf(state, link)}\n`).join('')}\n`;

function clientOf(state: State, { id, session, sent, received }: Counted): string {
  const connection = state.connections.get(id);
  const of = session === undefined ? '' : `,sid=${hex(session)},to=${connection?.timeoutMs ?? 0}`;
  return `/${connection?.address ?? 'unknown'}[${session === undefined ? 0 : 1}](queued=0,recved=${received},sent=${sent}${of})`;
}

const dump: Word = ({ sessions, ephemerals }) => {
  const owners = [...ephemerals].map(
    ([id, paths]) => `${hex(id)}:\n${[...paths].map((path) => `\t${path}\n`).join('')}`,
  );
  const ids = [...sessions.values()].map(({ id, expiresAt }) => `${expiresAt} expires: ${hex(id)}\n`);
  return `SessionTracker dump:\nSession Sets (${sessions.size}):\n${ids.join('')}ephemeral nodes dump:\nSessions with Ephemerals (${ephemerals.size}):\n${owners.join('')}Connections dump:\n`;
};

const envi: Word = () => `Environment:\nzookeeper.version=${VERSION}\n`;

/** Of data watches only, as wchc and wchp; mntr counts all. */
const wchs: Word = ({ dataWatches: { byConnection, byPath } }) =>
  `${byConnection.size} connections watching ${byPath.size} paths\nTotal watches:${sizeOf(byPath)}\n`;

const wchc: Word = (state) =>
  sections([...state.dataWatches.byConnection].map(([id, paths]) => [sessionOf(state, id), [...paths]]));

const wchp: Word = (state) =>
  sections(
    [...state.dataWatches.byPath].map(([path, watchers]) => [
      path,
      [...watchers.keys()].map((id) => sessionOf(state, id)),
    ]),
  );

const sections = (all: readonly (readonly [string, readonly string[]])[]): string =>
  `${all.map(([title, entries]) => `${title}\n${entries.map((entry) => `\t${entry}\n`).join('')}`).join('')}\n`;

const sessionOf = ({ connections }: State, id: number): string => hex(connections.get(id)?.session ?? 0n);

const sizeOf = (byPath: WatchTable['byPath']): number =>
  [...byPath.values()].reduce((all, watchers) => all + watchers.size, 0);

const watchCount = ({ dataWatches, childWatches }: State): number =>
  sizeOf(dataWatches.byPath) + sizeOf(childWatches.byPath);

const sum = (links: readonly Counted[], what: 'sent' | 'received'): number =>
  links.reduce((all, link) => all + link[what], 0);

const words: Record<string, Word> = { ruok, srvr, stat, mntr, conf, cons, dump, envi, wchs, wchc, wchp };
