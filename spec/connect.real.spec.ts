import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { describe, expect, inject, it } from 'vitest';
import { connect } from '../lib/connect.js';
import type { Backend } from '../lib/election/election.js';
import { AccessDeniedError } from '../lib/errors.js';
import { zookeeper } from '../lib/zookeeper/index.js';
import { seen } from './support/until.js';
import { startZooKeeper } from './support/zookeeper.js';

const server = inject('zookeeper');
const name = () => `connect-${randomUUID().slice(0, 8)}`;

/** Stands until it leads. */
async function leads(backend: Backend, election: string) {
  using values = seen(backend.election(election).campaign({ id: 'me' }).leadership$);
  return await values.next(({ role }) => role === 'leader');
}

describe('connect by URL', () => {
  it('elects on the ensemble it names, below its chroot', async () => {
    await using outside = zookeeper({ servers: server });
    const root = name();
    await leads(outside, `${root}/made`);
    await using inside = await connect(`zookeeper://${server}/${root}`);
    await leads(inside, 'orders');
    const [found] = await firstValueFrom(outside.elections(`${root}/orders`));
    expect(found).toMatchObject({ name: `${root}/orders`, leader: 'me' });
  });

  it('is the user it names: what only that user may do, nobody else may', async () => {
    await using own = await startZooKeeper(); // nobody could list a shared server after this
    const election = name();
    const auth = { scheme: 'digest', credentials: 'me:p@ss/word' };
    await using owner = zookeeper({ servers: own.connect, auth, acl: [{ perms: 31, scheme: 'auth', id: '' }] });
    await leads(owner, election);
    const look = (backend: Backend) => firstValueFrom(backend.election(election).participants$);
    await using same = await connect(`zookeeper://me:p%40ss%2Fword@${own.connect}`);
    expect((await look(same)).map(({ id }) => id)).toEqual(['me']);
    await using other = await connect(`zookeeper://you:p%40ss%2Fword@${own.connect}`);
    await expect(look(other)).rejects.toBeInstanceOf(AccessDeniedError);
  });

  it('speaks TLS with the files it names', async () => {
    await using secure = await startZooKeeper({ secure: true });
    const folder = await mkdtemp(join(tmpdir(), 'succession-tls-'));
    const files = await Promise.all(
      (['ca', 'cert', 'key'] as const).map(async (part) => {
        const path = join(folder, `${part}.pem`);
        await writeFile(path, secure.tls[part]);
        return `${part}=${encodeURIComponent(path)}`;
      }),
    );
    await using backend = await connect(`zookeepers://${secure.tls.connect}?${files.join('&')}`);
    expect(await leads(backend, name())).toMatchObject({ role: 'leader' });
    await rm(folder, { recursive: true });
  });
});
