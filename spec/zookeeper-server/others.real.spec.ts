import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { kazoo } from '../interop/install.js';
import { BareClient } from '../support/bare-client.js';
import { classPath } from '../support/java.js';
import { until } from '../support/until.js';
import { startZooKeeper } from '../support/zookeeper.js';
import { createBody } from './machine.js';
import { opcodes } from './vocabulary.js';
import { Wire } from './wire.js';

const run = promisify(execFile);

/** Kazoo's client as its users use it; prints what it found. */
const smoke = `
import sys
from kazoo.client import KazooClient
zk = KazooClient(hosts=sys.argv[1], timeout=5)
zk.start(timeout=10)
zk.add_auth('digest', 'anna:secret')
zk.ensure_path('/kazoo/a')
heard = []
zk.get('/kazoo/a', watch=lambda event: heard.append(event.type))
zk.set('/kazoo/a', b'one')
first = zk.create('/kazoo/x-', b'', ephemeral=True, sequence=True)
done = zk.transaction()
done.create('/kazoo/b', b'two')
done.check('/kazoo/a', version=1)
results = done.commit()
lock = zk.Lock('/kazoo/lock', 'me')
with lock:
    holders = lock.contenders()
print(heard, first, results[0], sorted(zk.get_children('/kazoo')), holders, zk.exists('/nope'))
zk.stop()
`;

describe('the embedded server, to clients of other languages,', () => {
  it('is a ZooKeeper to kazoo', async () => {
    await using zk = await EmbeddedZooKeeper.start();
    const [python] = kazoo(zk.connectString, '/');
    const { stdout } = await run(python, ['-c', smoke, zk.connectString]);
    expect(stdout).toBe("['CHANGED'] /kazoo/x-0000000001 /kazoo/b ['a', 'b', 'lock', 'x-0000000001'] ['me'] None\n");
  });

  it('is a ZooKeeper to zkCli', async () => {
    await using zk = await EmbeddedZooKeeper.start();
    const cli = async (...words: string[]) => {
      const all = `${classPath}:/usr/share/java/commons-cli.jar:/usr/share/java/jline2.jar`;
      const args = ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-cp', all, 'org.apache.zookeeper.ZooKeeperMain'];
      const { stdout, stderr } = await run('java', [...args, '-server', zk.connectString, ...words]);
      return stdout + stderr;
    };
    expect(existsSync('/usr/share/java/commons-cli.jar')).toBe(true);
    expect(await cli('create', '-s', '/seq-', 'one')).toContain('Created /seq-0000000000');
    expect(await cli('get', '-s', '/seq-0000000000')).toMatch(/one[\s\S]*dataLength = 3/);
    expect(await cli('ls', '/')).toContain('[seq-0000000000, zookeeper]');
  });
});

describe('a session, on both servers,', () => {
  const servers = {
    embedded: () => EmbeddedZooKeeper.start().then((zk) => Object.assign(zk, { connect: zk.connectString })),
    real: () => startZooKeeper(),
  };
  for (const [name, start] of Object.entries(servers))
    it(`ends between its time-out and a little more than a tick later: ${name}`, async () => {
      await using server = await start();
      using watcher = await BareClient.connect(server.connect);
      const dying = await Wire.open(server.connect, { timeoutMs: 700 });
      const from = performance.now();
      await dying.request(opcodes.create, createBody('/dying', 1));
      await watcher.getData('/dying', true);
      await until(() => watcher.notifications.length > 0, { every: 1 });
      const heard = performance.now();
      expect(heard - from).toBeGreaterThanOrEqual(700 - 5);
      expect(heard - from).toBeLessThan(700 + 2 * 100 + 500);
    });
});
