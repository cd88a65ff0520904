/**
 * A controller as Kafka has it: the brokers elect one among themselves, and it elects the partitions' leaders.
 *
 *     npx succession server --port 2181
 *     node .tmp/programs/docker/examples/controller/broker.js 1      # and 2, 3 in other terminals; then kill the controller
 *
 * What a Kafka operator looks for is where it was: `/kafka/controller`, `/kafka/controller_epoch`, and
 * `/kafka/brokers/topics/orders/partitions/0/state`. What differs: brokers are alive while they stand in the election;
 * and every write is fenced by the candidate's own znode too, not by the epoch alone, so that a past controller writes
 * nothing even between its end and the next claim. `/kafka/controller` stays behind a controller that was killed:
 * `succession leader /kafka/election` knows better.
 *
 * A line `elect orders-0 2` on stdin moves a partition's leader, as kafka-leader-election does.
 */
import { createInterface } from 'node:readline';
import { concatMap, distinctUntilChanged, from, map } from 'rxjs';
import type { Participant } from 'succession';
import { openZooKeeper, say } from '../support/example.js';
import { plan } from './cluster.js';
import { type Reign, takeOver } from './reign.js';

const id = Number(process.argv[2] ?? 1);
const root = process.argv[3] ?? '/kafka';
const backend = openZooKeeper();
const election = backend.election(`${root}/election`);
const candidacy = election.campaign({ id: `${id}` });

/** Our last. It is asked whether it may still write by writing: nothing here remembers to forget it. */
let reign: Reign | undefined;

candidacy.lead((term) =>
  from(takeOver(backend, root, id, term)).pipe(
    concatMap((mine) => {
      reign = mine;
      say('controller', { id, epoch: mine.epoch, zxid: mine.zxid });
      return aliveOf(election.participants$).pipe(concatMap((alive) => balance(mine, alive)));
    }),
  ),
);

/** In one transaction all that is due; the next look at who is alive comes after it. */
async function balance(mine: Reign, alive: ReadonlySet<number>): Promise<void> {
  const changes = plan(await mine.partitions(), alive, mine.epoch);
  if (changes.length > 0) await mine.change(changes);
}

const aliveOf = (participants$: typeof election.participants$) =>
  participants$.pipe(
    map(idsOf),
    distinctUntilChanged((a, b) => `${a}` === `${b}`),
    map((ids) => new Set(ids)),
  );

const idsOf = (line: readonly Participant[]) => line.map((one) => Number(one.id)).sort((a, b) => a - b);

createInterface({ input: process.stdin }).on('line', async (line) => {
  const [, name = '', leader = ''] = line.split(' ');
  await reign?.elect(name, Number(leader)).catch((error) => say('refused', { id, name, why: error.name }));
});
