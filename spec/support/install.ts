import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hasServers } from './java.js';

const waysOut = `The specs need a ZooKeeper, and found none. Ways out:
  - SUCCESSION_TEST_ZOOKEEPER=host:port names one that is running;
  - a running Docker engine: Testcontainers starts one there;
  - Java and ZooKeeper's jar in /usr/share/java, which Debian's packages default-jre-headless and
    libzookeeper-java put there (root on Debian: they are installed by themselves).`;

/** Makes sure that servers can be started as child processes, installing them where that is possible. */
export function ensureServers(): void {
  if (hasServers()) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw new Error(waysOut);
  const java = spawnSync('java', ['-version']).status === 0 ? [] : ['default-jre-headless'];
  process.stderr.write('succession: installing ZooKeeper from Debian\n');
  apt('update');
  apt('install', '-y', '--no-install-recommends', 'libzookeeper-java', ...java);
  if (!hasServers()) throw new Error(waysOut);
}

/** Another package manager may be at work: waits for its lock. */
function apt(...words: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr } = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...words], {
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`apt-get ${words.join(' ')} failed:\n${stderr}\n${waysOut}`);
}
