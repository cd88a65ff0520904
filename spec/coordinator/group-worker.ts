/**
 * A member of a group in a process of its own. Its one argument is its setup as JSON. Tells when it serves a role and
 * when it has stopped, by the machine's monotonic clock: taken before it is said to itself that it serves, and after
 * its term has ended.
 */
import { NEVER } from 'rxjs';
import { openRoleGroup } from '../../lib/coordinator/index.js';
import { zookeeper } from '../../lib/zookeeper/index.js';

export interface WorkerSetup {
  readonly servers: string;
  readonly root: string;
  readonly id: string;
  readonly roles: number;
  readonly sessionTimeoutMs: number;
}

export interface WorkerNews {
  readonly serves?: string;
  readonly stops?: string;
  /** Its lease had lapsed. */
  readonly lapsed?: boolean;
  /** Loaded, and about to join once it is told to. */
  readonly ready?: true;
  readonly left?: { readonly rolesLeft: number; readonly moved: number; readonly unclean: readonly string[] };
  readonly at: string;
}

const setup: WorkerSetup = JSON.parse(process.argv[2] ?? '');
const backend = zookeeper({ servers: setup.servers, sessionTimeoutMs: setup.sessionTimeoutMs });
const tell = (news: Omit<WorkerNews, 'at'>) => process.send?.({ ...news, at: `${process.hrtime.bigint()}` });

process.once('disconnect', () => process.exit());
tell({ ready: true });
await new Promise((joins) => process.once('message', joins));
const group = await openRoleGroup<string>(backend, {
  root: setup.root,
  node: { id: setup.id, address: `${setup.id}:1` },
  roles: { count: setup.roles },
  moves: { settleMs: 1_000, maxInFlight: 50 },
  handler: (role) => ({
    load: () => ['state'],
    serve: (_, term) => {
      tell({ serves: role });
      term.ended$.subscribe(({ cause }) => tell({ stops: role, lapsed: cause === 'lapsed' }));
      return NEVER;
    },
    unload: () => undefined,
  }),
});
process.once('message', () => {
  group.shutdown({ deadlineMs: 30_000 }).subscribe((progress) => {
    if (progress.phase !== 'left') return;
    tell({ left: progress });
    void backend.close().then(() => process.disconnect());
  });
});
