import { type Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConnectionLostError, FencedError, StoreError } from '../../lib/errors.js';
import type { Claimed } from '../../lib/zookeeper/claim.js';
import type { Op, OpResult } from '../../lib/zookeeper/requests.js';
import type { Session } from '../../lib/zookeeper/session.js';
import { transaction } from '../../lib/zookeeper/transaction.js';

const OWN = '/e/_c_us';
const claimed = { token: 42n, version: 7 } as Claimed;

/** A session that answers every transaction alike, and what it was asked. */
function answering(answer: (ops: readonly Op[]) => Observable<readonly OpResult[]>) {
  const asked: (readonly Op[])[] = [];
  const multi = (ops: readonly Op[]) => {
    asked.push(ops);
    return answer(ops);
  };
  let seated = true;
  return {
    asked,
    begin: () => transaction({ multi } as unknown as Session, OWN, '/e', claimed, () => seated),
    unseat: () => (seated = false),
  };
}
const committing = () => answering((ops) => of(ops.map(({ path }) => ({ path }))));
const refusing = (error: unknown) => answering(() => throwError(() => error));
const bytes = (text: string) => new TextEncoder().encode(text);

describe('a fenced transaction', () => {
  it('checks our place and our claim before anything else', async () => {
    const { asked, begin } = committing();
    await begin().set('/job', 'done').commit();
    expect(asked).toEqual([
      [
        { op: 'check', path: OWN },
        { op: 'check', path: '/e', version: 7 },
        { op: 'set', path: '/job', data: bytes('done'), version: undefined },
      ],
    ]);
  });

  it('carries every operation in order, and answers for those alone', async () => {
    const { asked, begin } = committing();
    const written = begin()
      .check('/a', 0)
      .create('/b')
      .create('/c', new Uint8Array([1]))
      .set('/d', 'x', 3)
      .remove('/f', 4);
    expect(await written.commit()).toEqual(['/a', '/b', '/c', '/d', '/f'].map((path) => ({ path })));
    expect(asked[0]!.slice(2)).toEqual([
      { op: 'check', path: '/a', version: 0 },
      { op: 'create', path: '/b', data: bytes('') },
      { op: 'create', path: '/c', data: new Uint8Array([1]) },
      { op: 'set', path: '/d', data: bytes('x'), version: 3 },
      { op: 'remove', path: '/f', version: 4 },
    ]);
  });

  it('is a value: what is added to one is not added to another', async () => {
    const { asked, begin } = committing();
    const common = begin().remove('/a');
    await common.remove('/b').commit();
    await common.commit();
    expect(asked.map((ops) => ops.slice(2).map(({ path }) => path))).toEqual([['/a', '/b'], ['/a']]);
  });

  it('sends nothing before it is committed', () => {
    const { asked, begin } = committing();
    begin().remove('/a');
    expect(asked).toEqual([]);
  });

  it.each([
    ['our place is gone', new StoreError('NO_NODE', OWN, false, 0)],
    ['somebody has claimed since', new StoreError('BAD_VERSION', '/e', false, 1)],
  ])('is fenced when %s', async (_what, cause) => {
    const failed = refusing(cause).begin().remove('/a').commit();
    await expect(failed).rejects.toBeInstanceOf(FencedError);
    await expect(failed).rejects.toMatchObject({ token: 42n, cause });
  });

  it('is fenced, and not sent, when our place was given up: an election that begins again repeats names and versions', async () => {
    const { asked, begin, unseat } = committing();
    const late = begin().remove('/a');
    unseat();
    await expect(late.commit()).rejects.toMatchObject({ code: 'FENCED', token: 42n });
    expect(asked).toEqual([]);
  });

  it('counts the operation that was refused from the user’s first', async () => {
    const cause = new StoreError('NODE_EXISTS', '/b', false, 3);
    const failed = refusing(cause).begin().remove('/a').create('/b').commit();
    await expect(failed).rejects.toMatchObject({ code: 'STORE_REFUSED', storeCode: 'NODE_EXISTS', index: 1, cause });
  });

  it('says that the outcome is unknown when the connection is lost', async () => {
    const cause = new ConnectionLostError();
    await expect(refusing(cause).begin().remove('/a').commit()).rejects.toBe(cause);
  });

  it('is sent once', async () => {
    const { asked, begin } = refusing(new ConnectionLostError());
    await begin()
      .remove('/a')
      .commit()
      .catch(() => undefined);
    expect(asked).toHaveLength(1);
  });
});
