/**
 * The machine with one rule taken out, as source text: so the machine itself needs no switches. Each mutant must be
 * seen by the simulator within so many runs; where none can be seen the table says why.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import type { RaftParts } from '../../sim/raft.js';

export interface Mutant {
  readonly name: string;
  /** Below lib/peers/raft/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
  /** The simulator sees it within so many runs, from seed 1 on. Else it takes a transcript. */
  readonly within?: number;
}

/**
 * Not in the table, since nothing can show it: an answer of a former term counted as one of this term. The voter that
 * gave it handled the heartbeat after it was sent, and its promise is to vote for nobody, whatever the term.
 */
export const mutants: readonly Mutant[] = [
  {
    name: 'saves behind what it sends',
    file: 'machine.ts',
    from: "[{ type: 'save', record }, ...sends]",
    to: "[...sends, { type: 'save', record }]",
  },
  {
    name: 'saves no votes',
    file: 'record.ts',
    from: '{ voters, term, votedFor } :',
    to: '{ voters, term, votedFor: null } :',
  },
  { name: 'forgets its vote at the start', file: 'record.ts', from: 'saved?.votedFor ?? undefined', to: 'undefined' },
  { name: 'forgets its term at the start', file: 'record.ts', from: 'saved?.term ?? 0', to: '0', within: 50 },
  {
    name: 'votes twice in a term',
    file: 'votes.ts',
    from: '(votedFor !== undefined && votedFor !== from)',
    to: 'false',
  },
  {
    name: 'counts the lease from the receipt of an answer',
    file: 'leader.ts',
    from: 'withAnswer(role, from, reply.sentAt)',
    to: 'withAnswer(role, from, turn.at)',
    within: 400,
  },
  {
    name: 'counts the first lease from the last vote',
    file: 'votes.ts',
    from: '[node, role.askedAt]',
    to: '[node, at]',
  },
  {
    name: 'takes its own answer for that of a majority',
    file: 'lease.ts',
    from: 'sent[majority - 1]!',
    to: 'sent[0]!',
    within: 200,
  },
  {
    name: 'needs only half of the votes',
    file: 'options.ts',
    from: 'Math.floor(voters.length / 2) + 1',
    to: 'Math.ceil(voters.length / 2)',
    within: 200,
  },
  {
    name: 'ignores clock drift',
    file: 'lease.ts',
    from: '(promiseMs * (1 - clockDrift)) / (1 + clockDrift)',
    to: 'promiseMs + 0 * clockDrift',
  },
  {
    name: 'keeps no promise',
    file: 'lease.ts',
    from: "role.is === 'leader' || at < promisedUntil",
    to: "role.is === 'leader' && at < promisedUntil",
    within: 200,
  },
  {
    name: 'promises nothing with a heartbeat',
    file: 'leader.ts',
    from: ', promisedUntil: at + group.promiseMs',
    to: '',
    within: 100,
  },
  { name: 'promises nothing with a vote', file: 'votes.ts', from: ', promisedUntil: at + group.promiseMs', to: '' },
  {
    name: 'does not wait after a restart',
    file: 'machine.ts',
    from: 'promisedUntil: at + group.promiseMs',
    to: 'promisedUntil: at',
    within: 400,
  },
  {
    name: 'transfers while it still believes',
    file: 'machine.ts',
    from: 'const over = giveUp(turn)',
    to: 'const over = turn',
    within: 400,
  },
  {
    name: 'overrides promises without a transfer',
    file: 'votes.ts',
    from: 'campaign(asking, false)',
    to: 'campaign(asking, true)',
  },
  {
    name: 'obeys a leader of long ago that gives up',
    file: 'votes.ts',
    from: 'term < turn.state.term ? turn : standNow',
    to: 'standNow',
  },
  {
    name: 'has no check-quorum',
    file: 'leader.ts',
    from: 'turn.at >= believesUntil(turn.group, role)',
    to: 'false',
    within: 50,
  },
  { name: 'follows a leader of long ago', file: 'leader.ts', from: 'term < turn.state.term ? turn : hear', to: 'hear' },
  {
    name: 'tells a leader of long ago nothing',
    file: 'leader.ts',
    from: 'turn.group.isVoter ? say',
    to: 'turn.group.isVoter && now !== turn ? say',
  },
  { name: 'counts votes of another term', file: 'votes.ts', from: '!granted || term < own', to: '!granted' },
  { name: 'does not ask around', file: 'votes.ts', from: 'if (granted.size >= group.majority)', to: 'if (granted)' },
  { name: 'has no chance in its timeouts', file: 'state.ts', from: '(ahead + random)', to: '(ahead + 0 * random)' },
  {
    name: 'leads with votes that came too late',
    file: 'votes.ts',
    from: ' || at >= role.askedAt + group.leaseMs',
    to: '',
  },
  { name: 'votes as a leader', file: 'lease.ts', from: "role.is === 'leader' || at", to: 'at' },
  { name: 'asks around although bound', file: 'votes.ts', from: ' && !isBound(turn.state, turn.at);', to: ';' },
];

/** What the mutated files are made from: the rest of what they import. */
const NEEDED = ['errors.ts', 'options.ts', ...inRaft()];

/** Writes the mutant below .tmp/ and loads it. Throws if the machine has changed so that the mutant is none any more. */
export async function load({ name, file, from, to }: Mutant): Promise<RaftParts> {
  const folder = resolve('.tmp', 'mutants', 'raft', name.replaceAll(' ', '-'));
  mkdirSync(join(folder, 'peers', 'raft'), { recursive: true });
  for (const path of NEEDED) {
    const text = readFileSync(join('lib', path), 'utf8');
    const source = path === `peers/raft/${file}` ? mutated(text, from, to) : text;
    writeFileSync(join(folder, path.replace(/ts$/, 'js')), ts.transpile(source, AS_MODULES));
  }
  const { raftMachine } = await import(join(folder, 'peers/raft/machine.js'));
  const { resolveOptions } = await import(join(folder, 'peers/raft/options.js'));
  return { machine: raftMachine, resolve: resolveOptions };
}

const AS_MODULES = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };

function mutated(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`"${from}" stands ${parts.length - 1} times there`);
  return parts.join(to);
}

function inRaft(): readonly string[] {
  return readdirSync('lib/peers/raft').map((file) => `peers/raft/${file}`);
}
