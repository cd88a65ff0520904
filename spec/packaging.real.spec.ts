/** The package as users get it: packed, unpacked into a project that has nothing else, and used from there. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, '..');
const tsc = join(repository, 'node_modules/typescript/bin/tsc');

let root: string;
let app: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'succession-package-'));
  app = join(root, 'app');
  await install(await pack(join(root, 'package')), app);
}, 180_000);

afterAll(() => rm(root, { recursive: true, force: true }));

describe('the package', () => {
  it('holds the compiled code, its types and its papers, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', join(root, 'succession.tgz')]);
    const files = stdout.trim().split('\n');
    expect(files).toEqual(
      expect.arrayContaining(['package/package.json', 'package/LICENSE', 'package/dist/index.d.ts']),
    );
    expect(
      files.filter((file) => !/^package\/(dist\/|package\.json|LICENSE|README\.md|CHANGELOG\.md)/.test(file)),
    ).toEqual([]);
    expect(files.filter((file) => /\.spec\./.test(file))).toEqual([]);
  });

  it.each([
    'succession',
    'succession/memory',
    'succession/zookeeper',
    'succession/lock',
    'succession/health',
    'succession/coordinator',
    'succession/connect',
  ])('gives the same %s to import and to require', async (entry) => {
    const [imported, required] = [
      await node(`console.log(Object.keys(await import('${entry}')).sort().join())`, 'module'),
      await node(`console.log(Object.keys(require('${entry}')).sort().join())`, 'commonjs'),
    ];
    expect(imported.length).toBeGreaterThan(0);
    expect(required.split(',').filter((name) => name !== '__esModule')).toEqual(imported.split(','));
  });

  it('elects, from nothing but its own files and its dependencies', async () => {
    const program = `
      import { connect } from 'succession';
      const backend = await connect('memory:');
      const candidacy = backend.election('job').campaign({ id: 'a' });
      console.log(candidacy.isLeader(), candidacy.leadership.token);
      await backend.close();`;
    expect(await node(program, 'module')).toBe('true 1n');
  });

  it.each(['nodenext', 'bundler'])('has types that resolve and hold with moduleResolution %s', async (resolution) => {
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2023,esnext.disposable'];
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const args = [tsc, ...options, '--module', module, '--moduleResolution', resolution, '--types', 'node', 'user.ts'];
    const { stdout } = await run(process.execPath, args, { cwd: app }).catch((failed) => failed);
    expect(stdout).toBe('');
  });
});

describe('importing it', () => {
  it.each(['succession', 'succession/zookeeper', 'succession/memory', 'succession/lock'])(
    'leaves %s with no timer, no socket and nothing else that runs',
    async (entry) => {
      // The standard streams are resources themselves, and files that were read take a turn to close.
      const running = `process.stdout; process.stderr; await new Promise(setImmediate); await new Promise(setImmediate);
        console.log(JSON.stringify(process.getActiveResourcesInfo()));`;
      expect(await node(`await import('${entry}'); ${running}`, 'module')).toBe(await node(running, 'module'));
    },
  );

  it('loads no backend and no command line with the core', async () => {
    const loaded = await modulesOf('succession');
    expect(loaded).toEqual(expect.arrayContaining(['succession/dist/index.js', 'succession/dist/election/fence.js']));
    const others = /commander|node-zookeeper-client|dist\/(cli|zookeeper|memory)\//;
    expect(loaded.filter((path) => others.test(path))).toEqual([]);
  });

  it('loads no other backend and no command line with a backend', async () => {
    const loaded = await modulesOf('succession/memory');
    expect(loaded).toEqual(expect.arrayContaining(['succession/dist/memory/index.js']));
    expect(loaded.filter((path) => /commander|node-zookeeper-client|dist\/(cli|zookeeper)\//.test(path))).toEqual([]);
  });
});

/** Compiles into a folder of its own, beside the papers, and packs that. */
async function pack(folder: string): Promise<string> {
  await mkdir(folder);
  const papers = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md'];
  for (const paper of papers) await cp(join(repository, paper), join(folder, paper)).catch(ignoreMissing);
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], {
    cwd: repository,
  });
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', root], {
    cwd: folder,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await cp(join(root, filename), join(root, 'succession.tgz'));
  return join(root, 'succession.tgz');
}

/** Unpacks it into an empty project; what it depends on, and nothing more, is linked to where it lies. */
async function install(tarball: string, project: string): Promise<void> {
  const target = join(project, 'node_modules/succession');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(target, 'package.json'), 'utf8'));
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types', 'undici-types'])
    await symlink(join(repository, 'node_modules', name), join(project, 'node_modules', name)).catch(ignoreMissing);
  await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }');
  await writeFile(join(project, 'user.ts'), user);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Runs a program in the project; what it prints. */
async function node(program: string, type: 'module' | 'commonjs', ...flags: string[]): Promise<string> {
  const args = [...flags, '--no-warnings', `--input-type=${type}`, '--eval', program];
  const { stdout } = await run(process.execPath, args, { cwd: app });
  return stdout.trim();
}

/** The modules that an import loads, below node_modules/, as the loader sees them. */
async function modulesOf(entry: string): Promise<string[]> {
  const hooks = `import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) { appendFileSync('loaded', url + '\\n'); return next(url, context); }`;
  await writeFile(join(app, 'loaded'), '');
  await writeFile(join(app, 'hooks.mjs'), hooks);
  await writeFile(
    join(app, 'record.mjs'),
    "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);",
  );
  await node(`await import('${entry}')`, 'module', '--import', './record.mjs');
  const urls = (await readFile(join(app, 'loaded'), 'utf8')).split('\n');
  return urls
    .filter((url) => url.includes('/node_modules/'))
    .map((url) => url.slice(url.lastIndexOf('/node_modules/') + 14));
}

/** What a user writes: every entry, and the names that matter. */
const user = `
import { connect, createFence, type Backend, type Candidacy, type Leadership, type Term, whileLeader } from 'succession';
import { connect as again } from 'succession/connect';
import { memory } from 'succession/memory';
import { zookeeper, type ZooKeeperTerm } from 'succession/zookeeper';

interface Data { readonly address: string }

export async function main(): Promise<void> {
  const backends: Backend[] = [memory({ space: 'a' }), await connect('memory:b'), await again('memory:c')];
  for (const backend of backends) {
    const candidacy: Candidacy<Data> = backend.election<Data>('job').campaign({ id: 'a', data: { address: 'here' } });
    const subscription = candidacy.lead(async (term: Term) => void createFence().admit(term.token));
    candidacy.leadership$.pipe(whileLeader(({ token }) => [token])).subscribe((token: bigint) => token);
    subscription.unsubscribe();
    const last: Leadership = candidacy.leadership;
    // @ts-expect-error: a candidate has no token.
    last.token;
    const outcome: 'released' | 'expired' | 'unknown' = await candidacy.resign();
    console.log(outcome);
  }
  const fenced = zookeeper({ servers: '127.0.0.1:2181' }).election('job').campaign({ id: 'a' });
  fenced.lead(async (term: ZooKeeperTerm) => { await term.transaction().set('/state', 'x').commit(); });
}
`;
