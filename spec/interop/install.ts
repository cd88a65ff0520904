import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** What Curator's recipes need, by Debian's names. */
const jars = ['curator-client', 'curator-framework', 'curator-recipes', 'guava', 'slf4j-api', 'slf4j-nop'];
const classPath = [...jars, 'zookeeper', 'zookeeper-jute'].map((jar) => `/usr/share/java/${jar}.jar`).join(':');

/** A JDK, since the program is one source file; `default-jre-headless` has no compiler. */
const hasJdk = (): boolean => run('java', '--list-modules').includes('jdk.compiler');
const hasRecipes = (): boolean => classPath.split(':').every((jar) => existsSync(jar));

/** Whether a Java program on Curator's recipes can be started from its source. */
export const hasCurator = (): boolean => hasRecipes() && hasJdk();
/** Debian's own Python: kazoo is a package of Debian's. */
export const hasKazoo = (): boolean => run('/usr/bin/python3', '-c', 'import kazoo; print("kazoo")').includes('kazoo');

export function installCurator(): void {
  if (!hasCurator()) install(['libcurator-recipes-java', ...(hasJdk() ? [] : ['default-jdk-headless'])]);
}

export function installKazoo(): void {
  if (!hasKazoo()) install(['python3-kazoo']);
}

/** A Java program on Curator's recipes, one source file. */
export const withCurator = (flags: readonly string[], program: string, ...words: string[]): [string, ...string[]] => [
  'java',
  ...flags,
  '-cp',
  classPath,
  program,
  ...words,
];

/** A Python program on kazoo. */
export const withKazoo = (program: string, ...words: string[]): [string, ...string[]] => [
  '/usr/bin/python3',
  program,
  ...words,
];

/** The command that stands with Curator's LeaderLatch in the election at `path`. Installs what it needs. */
export function curator(server: string, path: string): [string, ...string[]] {
  installCurator();
  const flags = ['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  return withCurator(flags, here('./Participant.java'), server, path);
}

/** The command that stands with kazoo's Election. Installs what it needs. */
export function kazoo(server: string, path: string): [string, ...string[]] {
  installKazoo();
  return withKazoo(here('./participant.py'), server, path);
}

function install(packages: readonly string[]): void {
  const names = packages.join(' ');
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
    throw new Error(`The specs with other libraries need Debian's packages ${names} (root on Debian: installed here).`);
  process.stderr.write(`succession: installing ${names} from Debian\n`);
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}

/** Another package manager may be at work: waits for its lock. */
function apt(...words: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const all = ['-q', '-o', 'DPkg::Lock::Timeout=300', ...words];
  const { status, stderr } = spawnSync('apt-get', all, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`apt-get ${words.join(' ')} failed:\n${stderr}`);
}

function run(program: string, ...words: string[]): string {
  return spawnSync(program, words, { encoding: 'utf8' }).stdout ?? '';
}
