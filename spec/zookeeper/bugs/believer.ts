/**
 * A candidate in a process of its own, to be stopped and woken. Arguments: server, session timeout, election. Sends
 * every answer of `isLeader()` with the machine's monotonic clock, read before it asked.
 */
import { zookeeper } from '../../../lib/zookeeper/index.js';

const [servers = '', timeout = '', name = ''] = process.argv.slice(2);
const backend = zookeeper({ servers, sessionTimeoutMs: Number(timeout) });
const candidacy = backend.election(name).campaign({ id: 'believer' });

candidacy.leadership$.subscribe(({ role }) => process.send?.({ role }));
const asking = setInterval(ask, 1);
ask();

function ask(): void {
  const at = process.hrtime.bigint();
  process.send?.({ at: String(at), leads: candidacy.isLeader() });
}

/** Told to end, or left alone. */
process.once('message', () => void end());
process.once('disconnect', () => process.exit());

async function end(): Promise<void> {
  clearInterval(asking);
  await backend.close();
  process.disconnect();
}
