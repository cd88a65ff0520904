import { firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { together } from '../../lib/coordinator/together.js';
import type { StoreSession } from '../../lib/election/store.js';
import { systemClock } from '../../lib/options.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { type Frame, opcode, startProxy, type Proxy as Wire } from '../support/proxy.js';
import { House, type Node } from './house.js';

let zk: EmbeddedZooKeeper;
let wire: Wire;
let house: House;
let node: Node;
let session: StoreSession;
beforeEach(async () => {
  zk = await EmbeddedZooKeeper.start();
  wire = await startProxy(zk.connectString);
  house = new House();
  node = await house.node('a', wire.connect);
  session = node.member()!.session;
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
  await wire[Symbol.asyncDispose]();
  await zk[Symbol.asyncDispose]();
});

const make = (name: string) =>
  together(session, systemClock, [{ op: 'create', path: `${house.root}/${name}`, data: new Uint8Array() }]);
const outcome = (asked$: ReturnType<typeof make>) =>
  firstValueFrom(asked$, { defaultValue: undefined }).then(
    (results) => results?.map(({ path }) => path?.slice(house.root.length + 1)),
    (error) => [error.storeCode ?? error.code, error.index],
  );
/** Is it a request that names what the spec makes? */
const isOurs = ({ opcode: code, bytes }: Frame) => code === opcode.multi && bytes.includes(`${house.root}/n`);
const counted = (): (() => number) => {
  let count = 0;
  wire.onRequest((frame, pass) => {
    if (isOurs(frame)) count++;
    pass();
  });
  return () => count;
};
/** The next one, on its way: call what it resolves to, and it arrives. */
const held = () =>
  new Promise<() => void>((resolve) => {
    const stop = wire.onRequest((frame, pass) => {
      if (!isOurs(frame)) return pass();
      stop();
      resolve(pass);
    });
  });

it('sends what is asked for at the same time in one request, and answers each with its own results', async () => {
  const requests = counted();
  expect(await Promise.all(['n1', 'n2', 'n3'].map((name) => outcome(make(name))))).toEqual([['n1'], ['n2'], ['n3']]);
  expect(requests()).toBe(1);
});

it('sends each alone when one was refused: that one hears of it, the others are made', async () => {
  await outcome(make('n1'));
  const requests = counted();
  const all = await Promise.all(['n2', 'n1', 'n3'].map((name) => outcome(make(name))));
  expect(all).toEqual([['n2'], ['NODE_EXISTS', 0], ['n3']]);
  expect(requests()).toBe(4);
});

it('sends nothing that nobody waits for any more, be it the first time or alone', async () => {
  make('n1').subscribe().unsubscribe();
  await outcome(make('n2'));
  const patient = outcome(make('n3'));
  const refused = make('n2').subscribe({ error: () => undefined });
  const withdrawn = make('n4').subscribe();
  const arrive = await held();
  withdrawn.unsubscribe();
  refused.unsubscribe();
  arrive();
  await patient;
  expect([...(await firstValueFrom(session.children(house.root)))].filter((name) => /^n/.test(name)).sort()).toEqual([
    'n2',
    'n3',
  ]);
});

it('does not send again what has lost its answer: each is told', async () => {
  const lost = wire.loseReplyOf(opcode.multi);
  const all = ['n1', 'n2'].map((name) => outcome(make(name)));
  await lost;
  expect(await Promise.all(all)).toEqual([
    ['CONNECTION_LOST', undefined],
    ['CONNECTION_LOST', undefined],
  ]);
});
