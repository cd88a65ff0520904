/**
 * A process that leads and is killed: `candidate.js SERVERS PATH COUNT TIMEOUT_MS`. It leads COUNT elections, PATH-0 and so
 * on, each on a session of its own, and says so when it leads all of them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { firstValueFrom, skipWhile } from 'rxjs';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { eachOf } from './population.js';

const [servers = '', path = '', count = '1', timeout = ''] = process.argv.slice(2);
const sessionTimeoutMs = Number(timeout);

/** Before it waits for anything: it must not outlive a bench that was stopped. */
process.once('disconnect', () => process.exit());

await eachOf(Number(count), Number(count), async (i) => {
  await pause((Math.random() * sessionTimeoutMs) / 3); // Heartbeats that do not coincide.
  const backend = zookeeper({ servers, sessionTimeoutMs });
  const { leadership$ } = backend.election(`${path}-${i}`).campaign({ id: `killed-${process.pid}-${i}` });
  await firstValueFrom(leadership$.pipe(skipWhile(({ role }) => role !== 'leader')));
});
process.send?.('leads');
