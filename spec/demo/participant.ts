/**
 * One candidate, a process of its own. Arguments: URL, election, id. It stands until it is killed; told to resign, it
 * resigns and stands again, at the end of the line; told to leave, it leaves and ends.
 */
import { connect } from '../../lib/connect.js';
import type { Candidacy, Election } from '../../lib/election/election.js';
import { now, type Order, type Report } from './reports.js';

/** How often we ask ourselves whether we lead, in ms. A later answer than this many means we were paused. */
const ASK_MS = 1;
const PAUSE_MS = 500;

const [url = '', name = '', id = ''] = process.argv.slice(2);
const backend = await connect(url);
const election = backend.election(name);
let candidacy = stand(election);
watchBelief();

process.on('message', (order: Order) => {
  if (order === 'resign') void resign();
  else void backend.close().then(() => process.exit());
});
/** The demo is gone. */
process.on('disconnect', () => process.exit());

function report(report: Report): void {
  if (process.connected) process.send?.(report);
}

function stand(election: Election): Candidacy {
  const candidacy = election.campaign({ id });
  candidacy.leadership$.subscribe((leadership) => {
    const { role } = leadership;
    report({ kind: 'leadership', role, at: now(), ...(role === 'leader' && { token: String(leadership.token) }) });
  });
  return candidacy;
}

async function resign(): Promise<void> {
  await candidacy.resign();
  candidacy = stand(election);
}

/**
 * Asks `isLeader()` all the time: what it says is what a service would act upon. The instant is taken before the
 * question: a pause between the two must not make an old answer look new.
 */
function watchBelief(): void {
  let [leads, asked, until] = [false, now(), 0];
  const ask = () => {
    const [at, answer] = [now(), candidacy.isLeader()];
    if (at - asked > PAUSE_MS) report({ kind: 'woke', pausedMs: at - asked, leads: answer, at });
    if (answer !== leads) report({ kind: 'belief', leads: answer, at, until });
    [leads, asked, until] = [answer, at, answer ? at : until];
  };
  setInterval(ask, ASK_MS);
}
