/**
 * npm start [-- --real]
 *
 * Three processes in one election; a resignation, a kill, a pause; and how long nobody led each time. On the embedded
 * ZooKeeper; with --real on a real one that is started for it; with SUCCESSION_URL on the one it names.
 * Exit code 0: at no instant did two of them say that they lead.
 */
import { parseArgs } from 'node:util';
import { firstValueFrom, timeout } from 'rxjs';
import { connect } from '../../lib/connect.js';
import type { Backend } from '../../lib/election/election.js';
import { Cast } from './cast.js';
import { findZooKeeper } from './find-zookeeper.js';
import { LineView } from './line-view.js';
import { createScreen } from './screen.js';
import { Story } from './story.js';

const screen = createScreen(process.stdout, process.env);

class Interrupted extends Error {}
/** Rejects, so that everything is put away before we end. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => reject(new Interrupted(signal)));
});
interrupted.catch(() => undefined);

process.exitCode = await play().catch((error) => {
  if (!(error instanceof Interrupted))
    screen.tell('', `The demo failed: ${error instanceof Error ? error.message : error}`);
  return 1;
});
process.exit();

async function play(): Promise<number> {
  screen.tell('', screen.paint('bold', 'succession: three processes, one leader'), '');
  const { values } = parseArgs({ options: { real: { type: 'boolean', default: false } } });
  const wanted = { url: process.env.SUCCESSION_URL, real: values.real };
  await using zookeeper = await findZooKeeper(wanted, (line) => screen.tell(`   ${line}`));
  await using backend = await connect(zookeeper.url);
  const election = await emptyElection(backend);
  screen.tell(`   ZooKeeper: ${zookeeper.about}`);
  using cast = new Cast(zookeeper.url, election);
  using view = new LineView(screen, backend.election(election).participants$);
  const code = await Promise.race([new Story(screen, cast, view).play(), interrupted]);
  await cast.leave();
  return code;
}

/** A name in which nobody stands, the same one again if possible: it stays behind as an empty path. */
async function emptyElection(backend: Backend): Promise<string> {
  const line$ = backend.election('succession-demo').participants$.pipe(timeout({ first: 20_000 }));
  const line = await firstValueFrom(line$);
  return line.length === 0 ? 'succession-demo' : `succession-demo-${process.pid}`;
}
