import { Observable } from 'rxjs';
import { expect, inject, it } from 'vitest';
import type { Znode } from '../../../lib/zookeeper/requests.js';
import type { Session } from '../../../lib/zookeeper/session.js';
import { opcode, startProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, freshPath, join, quick, WITHIN_MS } from './support.js';

/** Op code of the plain sign of life. */
const GET_ACL = 6;
const glances = (session: Session, path: string) =>
  new Observable<Znode>((subscriber) => {
    const who = { glanced: (znode: Znode) => subscriber.next(znode) };
    session.glance(path, who);
    return () => session.overlook(path, who);
  });
const eager = { ...quick, heartbeatMs: 100, silenceMs: 2000 };

it('a heartbeat is an ACL read while nobody wants anything, and afterwards what somebody wants, in turn', async () => {
  await using proxy = await startProxy(inject('zookeeper'));
  await using client = join({ servers: proxy.connect, ...eager });
  const session = await client.session();
  const [one, two] = [freshPath('one'), freshPath('two')];
  for (const path of [one, two]) await ask(session.create(path, data(path)));
  const asked: { opcode: number; at: number }[] = [];
  proxy.onRequest((frame, pass) => {
    asked.push({ opcode: frame.opcode, at: performance.now() });
    pass();
  });

  await until(() => asked.length >= 2, { within: WITHIN_MS });
  expect(new Set(asked.splice(0).map((sent) => sent.opcode))).toEqual(new Set([GET_ACL]));

  const order: string[] = [];
  const first = seen(glances(session, one));
  const watching = [glances(session, one), glances(session, two)].map((path$) =>
    path$.subscribe(({ path }) => void order.push(path)),
  );
  await until(() => order.length >= 5, { within: WITHIN_MS });
  expect(order.slice(0, 5)).toEqual([one, two, one, two, one]);
  expect(first.values.map((znode) => Buffer.from(znode.data).toString())).toContain(one);
  const reads = asked.filter((sent) => sent.opcode === opcode.getData);
  expect(reads).toHaveLength(order.length);
  const gaps = reads.slice(1).map(({ at }, i) => at - reads[i]!.at);
  expect(Math.min(...gaps)).toBeGreaterThan(eager.heartbeatMs * 0.5);

  first[Symbol.dispose]();
  for (const subscription of watching) subscription.unsubscribe();
  asked.length = 0;
  await until(() => asked.length >= 2, { within: WITHIN_MS });
  expect(asked.at(-1)?.opcode).toBe(GET_ACL);
  await ask(session.remove(one));
  await ask(session.remove(two));
});

it('a heartbeat that reads something missing is a sign of life all the same, and harms nobody', async () => {
  await using proxy = await startProxy(inject('zookeeper'));
  await using client = join({ servers: proxy.connect, ...eager });
  const session = await client.session();
  using nothing = seen(glances(session, freshPath('missing')));
  let reads = 0;
  proxy.onRequest((frame, pass) => {
    if (frame.opcode === opcode.getData) reads++;
    pass();
  });
  await until(() => reads >= 3, { within: WITHIN_MS });
  expect(nothing.values).toEqual([]);
  expect(client.connection.values).not.toContain('suspended');
});
