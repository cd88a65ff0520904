/**
 * A crew that processes the files of a folder: each file belongs to one of ROLES (8) roles by the hash of its name, and
 * each role to one of the processes that are there.
 *
 *     npx succession server --port 2181
 *     node .tmp/programs/docker/examples/crew/crew.js a in out      # and b, c … in other terminals; put files into in/
 *
 * Whoever comes gets roles from the others, and whoever goes hands them over first; those of a process that was killed
 * are taken over when its lease has run out, so that no two work on a role at once. A file is done when a znode says so,
 * written in the term of its role. If the term ended between the file and the znode, the next owner makes the same file
 * again: a summary depends on nothing but its text. Where it matters who wrote, give the writer's token along.
 */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { openRoleGroup, type RoleTerm } from 'succession/coordinator';
import { now, openZooKeeper, say } from '../support/example.js';
import { childrenOf, ensure } from '../support/znodes.js';
import { filesOf, summary, znodeOf } from './files.js';

const [id = `${process.pid}`, from = 'in', to = 'out'] = process.argv.slice(2);
const [root, done] = ['/crew/roles', '/crew/done'];
const count = Number(process.env.ROLES ?? 8);
const settleMs = Number(process.env.SETTLE_MS ?? 1_000);
const LOOK_MS = 50;
const SLICES = 2;
const SLICE_MS = 10;

const backend = openZooKeeper(() => lastValueFrom(group.shutdown({ deadlineMs: 5_000 })));
const group = await openRoleGroup<Set<string>>(backend, {
  root,
  node: { id, address: hostname() },
  roles: { count },
  moves: { settleMs },
  handler: (role) => ({
    load: async () => {
      await ensure(backend, `${done}/${role}`);
      return new Set(await childrenOf(backend, `${done}/${role}`));
    },
    serve: (finished, term) => work(role, finished, term),
    unload: (_, { cause, epoch }) => say('unloaded', { id, role, term: epoch.term, cause }),
  }),
});
say('joined', { id });

/** Until the term is over. */
async function work(role: string, finished: Set<string>, term: RoleTerm): Promise<void> {
  while (term.isCurrent()) {
    for (const name of filesOf(role, count, await readdir(from), finished))
      if (await isDone(role, name, term)) finished.add(znodeOf(name));
    await pause(LOOK_MS, undefined, term).catch(() => undefined);
  }
}

/** False if it has to be looked at again, by us or by the role's next owner. */
async function isDone(role: string, name: string, term: RoleTerm): Promise<boolean> {
  for (let slice = 0; slice < SLICES; slice++) {
    const at = now();
    if (!term.isCurrent()) return false;
    say('slice', { at, id, role, name, term: term.epoch.term });
    await pause(SLICE_MS);
  }
  await write(name, summary(await readFile(join(from, name), 'utf8')), term);
  const data = new TextEncoder().encode(JSON.stringify({ by: id, term: term.epoch.term }));
  const outcome = await term.fenced([{ op: 'create', path: `${done}/${role}/${znodeOf(name)}`, data }]);
  if (outcome.status === 'committed') say('processed', { id, role, name, term: term.epoch.term });
  // There already: an earlier write of ours, whose answer was lost.
  return outcome.status === 'committed' || (outcome.status === 'rejected' && outcome.code === 'NODE_EXISTS');
}

/** Whole, or not at all. */
async function write(name: string, text: string, { epoch }: RoleTerm): Promise<void> {
  const draft = join(to, `.${name}.${epoch.token}`);
  await writeFile(draft, text);
  await rename(draft, join(to, name));
}
