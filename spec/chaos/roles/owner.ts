/**
 * A member of a group with one role, in a process of its own, on the package as it is shipped. While it owns the role,
 * and for some time after, it writes in a loop, and never asks whether it still may. Its clocks stand still while it is
 * paused, as on a virtual machine that is put to sleep: so it does not know, and only the fences can.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { asyncScheduler, filter, firstValueFrom, NEVER } from 'rxjs';
import type { Clock } from 'succession';
import { openRoleGroup, type RoleTerm } from 'succession/coordinator';
import { zookeeper } from 'succession/zookeeper';
import { openJournal } from '../registers.js';
import { type Attempt, type News, REGISTER, ROLE, ROOT, type Setup } from './setup.js';

const WRITE_EVERY_MS = 10;
/** For how long it writes on after its term. */
const LATE_MS = 300;
/** The longest that its clocks go on at once. */
const STEP_MS = 20;

const setup: Setup = JSON.parse(process.argv[2] ?? '');
const clock = sleepingClock();
const backend = zookeeper({ ...setup, clock });
const journal = openJournal(setup.dir, setup.mutant === 'no-fence');
const attempts = openSync(join(setup.dir, `${setup.id}.attempts`), 'w');
let writes = 0;

process.once('disconnect', () => process.exit());
const group = await openRoleGroup<string>(backend, {
  root: ROOT,
  node: { id: setup.id, address: `${setup.id}:1` },
  roles: { ids: [ROLE] },
  moves: { settleMs: 1, paceMs: 20 },
  clock,
  handler: () => ({
    // The fence of the file rises with the first write of a term.
    load: (term) => [write(term)],
    serve: (_, term) => {
      const writing = setInterval(() => void write(term), WRITE_EVERY_MS);
      term.ended$.subscribe(() => setTimeout(() => clearInterval(writing), LATE_MS));
      const news: News = { serves: `${term.epoch.token}` };
      process.send?.(news);
      return NEVER;
    },
    unload: () => undefined,
  }),
});
process.once('message', async () => {
  await group.close();
  await backend.close();
  process.disconnect();
});

function sleepingClock(): Clock {
  let [at, seen] = [performance.now(), performance.now()];
  const now = () => {
    const real = performance.now();
    at += Math.min(STEP_MS, real - seen);
    seen = real;
    return at;
  };
  const ahead = Date.now() - now();
  setInterval(now, STEP_MS / 4);
  return { now, wall: () => now() + ahead, scheduler: asyncScheduler };
}

/** To both, once each. Says what it wrote. */
function write(term: RoleTerm): string {
  const { token } = term.epoch;
  const value = `${setup.id}/${++writes}`;
  const note = (store: Attempt['store'], outcome: Attempt['outcome']) =>
    writeSync(attempts, `${JSON.stringify({ store, token: `${token}`, value, outcome } satisfies Attempt)}\n`);
  note('SQLite', journal(token, value));
  const kept = !term.isCurrent();
  void toZooKeeper(term, `${token} ${value}`).then((outcome) =>
    note('ZooKeeper', outcome === 'refused' && kept ? 'kept back' : outcome),
  );
  return value;
}

async function toZooKeeper(term: RoleTerm, text: string): Promise<Attempt['outcome']> {
  const op = { op: 'set', path: `${ROOT}${REGISTER}`, data: Buffer.from(text) } as const;
  if (setup.mutant === 'unchecked') return bare(op);
  const { status } = await term.fenced([op]);
  return status === 'committed' ? 'written' : status === 'fenced' ? 'refused' : 'unknown';
}

/** Whatever session there is. */
async function bare(op: { op: 'set'; path: string; data: Uint8Array }): Promise<Attempt['outcome']> {
  try {
    const session = await firstValueFrom(backend.store.session$.pipe(filter((one) => one !== undefined)));
    await firstValueFrom(session.multi([op]));
    return 'written';
  } catch {
    return 'unknown';
  }
}
