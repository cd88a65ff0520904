import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';

/** ZooKeeper's jar names most of what it needs; not what Netty needs for TLS, nor a logger. */
const jars = ['zookeeper', 'slf4j-simple', 'netty-codec', 'netty-resolver', 'netty-transport-native-unix-common'];
export const classPath = jars.map((jar) => `/usr/share/java/${jar}.jar`).join(':');

/** Whether a ZooKeeper server can be started here as a child process. */
export function hasServers(): boolean {
  return existsSync('/usr/share/java/zookeeper.jar') && spawnSync('java', ['-version']).status === 0;
}

/** A small JVM that starts quickly; test data needs no fsync. */
const flags = [
  '-Xmx64m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xss512k',
  '-Djava.net.preferIPv4Stack=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dzookeeper.forceSync=no',
  '-Dzookeeper.fastleader.minNotificationInterval=50',
];

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts `zoo.cfg` in a JVM of its own that does not outlive this process, however this process ends. */
export async function startJvm(config: string, log: string, jvm: readonly string[]): Promise<ChildProcess> {
  const program = ['java', ...flags, ...jvm, '-cp', classPath, main, config];
  const [command, ...args] = [...tether(), ...program] as [string, ...string[]];
  const out = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', out, out] });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.once('error', () => alive.delete(child));
  await once(child, 'spawn');
  return child;
}

const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';

/** On Linux the kernel kills the JVM when we die, even by SIGKILL, which no exit handler sees. */
function tether(): string[] {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : [];
}
