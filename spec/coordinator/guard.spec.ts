import { Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guard } from '../../lib/coordinator/guard.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { until } from '../support/until.js';
import { House } from './house.js';

let zk: EmbeddedZooKeeper;
let house: House;
beforeEach(async () => {
  zk = await EmbeddedZooKeeper.start();
  house = new House();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
  await zk[Symbol.asyncDispose]();
});

describe('a guard', () => {
  it('answers while the role is served, and says where it may be otherwise', async () => {
    const loading = new Subject<string>();
    const a = await house.node('a', zk.connectString, { load: () => loading });
    const ask = (claimed?: never) =>
      guard(
        'r',
        () => a.states.last!,
        async (state) => `${state}!`,
        { claimed, hint: () => 'b', retryAfterMs: 7 },
      );
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_COORDINATOR', role: 'r', hint: 'b', retriable: true });
    a.want(true);
    await a.is('loading');
    await expect(ask()).rejects.toMatchObject({ code: 'COORDINATOR_LOADING', retryAfterMs: 7, retriable: true });
    loading.next('loaded');
    await a.is('serving');
    expect(await ask()).toBe('loaded!');
    a.want(false);
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_COORDINATOR' });
  });

  it('gives out no result of a term that is over', async () => {
    const a = await house.node('a', zk.connectString);
    a.want(true);
    await a.is('serving');
    const work = new Subject<string>();
    const answer = guard(
      'r',
      () => a.states.last!,
      () => work,
    );
    const refused = expect(answer).rejects.toMatchObject({ code: 'NOT_COORDINATOR' });
    a.want(false);
    work.next('late');
    await refused;
    a.want(true);
    await a.is('serving');
    const later = guard(
      'r',
      () => a.states.last!,
      () => work,
    );
    work.next('in time, and over before anybody heard it');
    a.want(false);
    await expect(later).rejects.toMatchObject({ code: 'NOT_COORDINATOR' });
  });

  it('says that the role is not available when its load failed, and passes on what the work throws', async () => {
    const a = await house.node(
      'a',
      zk.connectString,
      { load: () => throwError(() => new Error('disk')) },
      { backOffMs: 5_000 },
    );
    a.want(true);
    await a.is('failed');
    const look = () =>
      guard(
        'r',
        () => a.states.last!,
        () => [1],
      );
    await expect(look()).rejects.toMatchObject({ code: 'COORDINATOR_NOT_AVAILABLE', retriable: true });
    const b = await house.node('b', zk.connectString);
    b.want(true);
    await b.is('serving');
    await expect(
      guard(
        'r',
        () => b.states.last!,
        () => throwError(() => new Error('mine')),
      ),
    ).rejects.toThrow('mine');
  });

  it('refuses an older epoch, and ends the term that is shown a newer one', async () => {
    const a = await house.node('a', zk.connectString);
    a.want(true);
    const { epoch } = await a.is('serving');
    const ask = (by: bigint) =>
      guard(
        'r',
        () => a.states.last!,
        () => ['fine'],
        { claimed: { ...epoch!, token: epoch!.token + by } },
      );
    expect(await ask(0n)).toBe('fine');
    await expect(ask(-1n)).rejects.toMatchObject({ code: 'STALE_EPOCH', retriable: false });
    await expect(ask(1n)).rejects.toMatchObject({ code: 'NOT_COORDINATOR' });
    await until(() => a.hooks.ends.length > 0);
    expect(a.hooks.ends[0]?.cause).toBe('fenced');
  });
});
