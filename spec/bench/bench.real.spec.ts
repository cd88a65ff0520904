import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, it, vi } from 'vitest';
import { installCurator, installKazoo } from '../interop/install.js';

const program = '.tmp/programs/spec/bench/run.js';
const tiny = '--sizes 2,3 --samples 3 --warmup 3 --crowd 5 --joins 1,4'.split(' ');

/** Every run starts processes, some of them virtual machines. */
const PATIENCE_MS = 110_000;
vi.setConfig({ testTimeout: PATIENCE_MS + 10_000 });

const bench = async (...options: string[]) => {
  const run = promisify(execFile)('node', ['--expose-gc', program, ...tiny, ...options], { timeout: PATIENCE_MS });
  return (await run).stdout;
};

/** A part, alone, on the specs' server. */
const only = (part: string, ...options: string[]) => bench('--server', inject('zookeeper'), '--only', part, ...options);

beforeAll(() => {
  if (!existsSync(program)) spawnSync('npm', ['run', '--silent', 'programs'], { stdio: 'inherit' });
  installKazoo();
  installCurator();
}, 600_000);

it('measures a hand-over from one process to another, beside the floors of the same run', async () => {
  const printed = await only('handover');
  expect(printed).toMatch(/^node v\d+\.\d+\.\d+, \d+ cores/);
  expect(printed).toMatch(
    /candidates +sessions +ours p50 +ours p99 +client p50 +client p99 +sockets p50 +sockets p99 +ours\/client +ours\/sockets +no pause p50 +no pause p99\n/,
  );
  expect(printed).toMatch(/\b3 +3( +[\d.]+){10}\n/);
  expect(printed).toMatch(/\b3 +2( +[\d.]+){10}\n/);
});

it('measures it within one process, too', async () => {
  expect(await only('handover', '--in-process')).toMatch(/within one process[\s\S]*\b3 +3( +[\d.]+){10}\n/);
});

it('lets candidates share sessions beyond those it may open', async () => {
  expect(await only('handover', '--sizes', '9', '--sessions', '2', '--samples', '2')).toMatch(/\b9 +2( +[\d.]+){10}\n/);
});

it('counts the requests of a hand-over on the wire: one of the leader, and the three of the claim; and who is told', async () => {
  const printed = await only('wire');
  // The leader is told of its own znode, which it watches.
  expect(printed).toMatch(/3 +leader +1 +1 +\d+ +\d+ +multi\n/);
  expect(printed).toMatch(/3 +successor +3 +1 +\d+ +\d+ +getData getData multi\n/);
  expect(printed).toMatch(/3 +1 others( +0){4}\n +3 +total +4 +2 +\d+ +\d+\n/);
});

it('joins beside the bare client and bare sockets, on own sessions and on one', async () => {
  expect(await only('join')).toMatch(/\n +1 +1 +3( +[\d.]+){9}\n +4 +4 +3( +[\d.]+){9}\n +4 +1 +3( +[\d.]+){9}\n/);
});

it('hands over beside kazoo, LeaderLatch and the least that any election needs, each from one process to another, and joins', async () => {
  const printed = await only('peers', '--sizes', '3');
  for (const who of ['ours', "kazoo's Election", "Curator's LeaderLatch"])
    expect(printed).toMatch(new RegExp(`\\b3 +${who}( +[\\d.]+){8}\\n`));
  for (const floor of ['our requests on bare sockets', 'bare sockets, one delete and its event'])
    expect(printed).toMatch(new RegExp(`\\b3 +${floor}( +[\\d.]+){6}\\n`));
  expect(printed).not.toContain('not installed');
});

it('kills leaders, and tells when the servers noticed and when the next one led', async () => {
  const printed = await only('kills', '--kills', '2');
  expect(printed).toMatch(/its znode is removed +2( +[\d.]+){7}\n *the next one leads +2( +[\d.]+){7}\n/);
});

it('kills servers of leaders, and tells whether the term was kept', async () => {
  expect(await only('servers', '--kills', '1')).toMatch(/\n(follower|leader) +1 +[01]( +[\d.]+){5}\n/);
});

it('takes the memory of a session, with and without a candidacy, and of a candidacy, beside the bare client', async () => {
  expect(await only('memory')).toMatch(
    /session( +-?[\d.]+){5}\nsession with a candidacy( +-?[\d.]+){5}\ncandidacy on one session( +-?[\d.]+){5}\nthe same, observed( +-?[\d.]+){5}\nand remembering( +-?[\d.]+){5}\n/,
  );
});

it('locks and unlocks beside the bare client', async () => {
  expect(await only('locks')).toMatch(
    /who want it +locks\/s +lock p50 +lock p99 +bare pairs\/s +pair p50 +pair p99 +bare\/lock\n +1( +[\d.]+){7}\n +8/,
  );
});

it('lists lines, and tells how long the event loop was held up', async () => {
  const printed = await only('list', '--listed', '1,5');
  for (const who of ['nothing', 'bare reply', 'client library', 'a candidate joins', 'the line is read'])
    for (const children of [1, 5]) expect(printed).toMatch(new RegExp(`\\b${children} +${who} +3( +[\\d.]+){5}\\n`));
});

it('takes what an idle crowd uses of the processor and of the wire: a follower reads, leaders of one session write together', async () => {
  const printed = await only('idle', '--crowd', '3', '--idle', '4');
  expect(printed).toMatch(/process with nothing +0 +0 +[\d.]+( +0){4}\n/);
  expect(printed).toMatch(/session of the bare client +3 +3( +[\d.]+){5} +ping\n/);
  expect(printed).toMatch(/follower on its own session +3 +3( +[\d.]+){5} .*getData.*\n/);
  for (const [whose, sessions] of [
    ['its own session', 3],
    ['one session', 1],
  ])
    expect(printed).toMatch(new RegExp(`leader on ${whose} +3 +${sessions}( +[\\d.]+){5} +multi\\n`));
});

it('moves roles between processes, and tells what each event cost, beside bare multis', async () => {
  const printed = await only('roles', '--roles', '20');
  const moves = {
    settle: 20,
    'kill -9 of one': 4,
    'a newcomer': 4,
    'drain of one': 4,
    undrain: 4,
    'rolling restart': 40,
  };
  for (const [event, moved] of Object.entries(moves))
    expect(printed).toMatch(new RegExp(`\\b20 +${event} +${moved}( +[\\d.]+){8}\\n`));
});

it('writes what it found as JSON, and draws the curves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const file = join(folder, 'found.json');
  await only('wire,join', '--json', file, '--svg', join(folder, 'curves'));
  const { machine, parts } = JSON.parse(await readFile(file, 'utf8'));
  expect(machine).toMatch(/^node v/);
  expect(parts.wire.rows.at(-1)).toMatchObject({ candidates: 3, who: 'total', requests: 4, events: 2 });
  expect(parts.join.rows[0]).toMatchObject({ candidates: 1, sessions: 1, 'ours p50': expect.any(Number) });
  expect((await readdir(join(folder, 'curves'))).sort()).toEqual(['join.svg', 'wire.svg']);
  const drawing = await readFile(join(folder, 'curves', 'wire.svg'), 'utf8');
  expect(drawing.match(/<polyline /g)).toHaveLength(4);
  expect(drawing).not.toContain('NaN');
  await rm(folder, { recursive: true });
});

it('says what it does not understand', async () => {
  await expect(only('everything')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/--only is of handover, wire, .*, not everything[\s\S]*npm run bench/),
  });
});
