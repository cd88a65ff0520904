/**
 * Mutants of the claim: copies of the real sources with one passage changed. A passage that is not found is an error,
 * so a mutant cannot go on being none.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FaultKind } from '../../../lib/sim/machine-faults.js';
import type { Make } from './world.js';

interface Mutant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The faults under which it shows. */
  readonly kinds: readonly FaultKind[];
}

export const mutants: Readonly<Record<string, Mutant>> = {
  'saves after it has promised': {
    kinds: ['crash-midway', 'isolate', 'release'],
    file: 'electing.ts',
    from: 'return [{ ...state, alarmAt,',
    to: "effects.sort((a, b) => Number(a.type === 'save') - Number(b.type === 'save'));\n  return [{ ...state, alarmAt,",
  },
  'promises an epoch to two claimants': {
    kinds: ['partition', 'crash', 'isolate'],
    file: 'claim.ts',
    from: 'return !claim.promised || asked.epoch > claim.promised.epoch || isSame(claim.promised, asked);',
    to: 'return true;',
  },
  'promises while it is bound': {
    kinds: ['partition', 'isolate'],
    file: 'claim.ts',
    from: 'return at >= bound.until || bound.to === to;',
    to: 'return at >= bound.until || bound.to === to || to !== "";',
  },
  'counts the lease from the answer': {
    kinds: ['isolate', 'deafen', 'pause'],
    file: 'receiving.ts',
    from: 'return proven(moment, claim, from, message.epoch, message.sent);',
    to: 'return proven(moment, claim, from, message.epoch, moment.at);',
  },
  'does not wait after a restart': {
    kinds: ['bounce', 'isolate'],
    file: 'claim.ts',
    from: 'bound: { to, until: at + promiseMs } };',
    to: 'bound: { to, until: at } };',
  },
  'ignores that clocks drift': {
    kinds: ['isolate', 'mute', 'partition'],
    file: 'quorum.ts',
    from: 'leaseMs * ((1 + drift) / (1 - drift));',
    to: 'leaseMs + 0 * drift;',
  },
  'says goodbye and goes on believing': {
    kinds: ['release', 'withdraw'],
    file: 'claimant.ts',
    from: 'const ended = { ...claim, leading: undefined, attempt: undefined, quietUntil };',
    to: 'const ended = { ...claim, attempt: undefined, quietUntil };',
  },
  'learns no epoch from the quorum': {
    kinds: ['isolate', 'partition', 'crash'],
    file: 'claimant.ts',
    from: "if (quorum === 'majority') return known + 1;",
    to: "if (quorum === 'majority') return 1 + Math.max(0, known - 2);",
  },
  'counts one promise too few': {
    kinds: ['partition'],
    file: 'quorum.ts',
    from: 'return Math.floor(members / 2) + 1;',
    to: 'return Math.ceil(members / 2);',
  },
};

/** The machines of a mutant. */
export async function mutate(name: string): Promise<Make> {
  const { file, from, to } = mutants[name]!;
  const folder = resolve('.tmp/mutants', name.replaceAll(' ', '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync('spec/peers/claim/world.ts', resolve(folder, 'spec/peers/claim/world.ts'));
  cpSync('lib', resolve(folder, 'lib'), { recursive: true });
  const path = resolve(folder, 'lib/peers', file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${name}: ${file} does not have, once, what it is to lose`);
  writeFileSync(path, text.replace(from, to));
  return ((await import(pathToFileURL(resolve(folder, 'spec/peers/claim/world.ts')).href)) as { make: Make }).make;
}
