import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { afterAll, expect } from 'vitest';
import { until } from './until.js';

/** Work in flight rather than something left behind: it ends by itself and comes and goes with the runner. */
const passing = new Set(['Immediate', 'TickObject', 'FSReqCallback', 'FSReqPromise', 'WriteWrap', 'ShutdownWrap']);

/**
 * After the spec file: no timer, socket, server or child process that was not there before it, the runner's own
 * excepted by counting what is there at the start. What is just closing gets `within` milliseconds to be gone.
 */
export function useLeakCheck({ within = 2_000 } = {}): void {
  const before = count();
  afterAll(async () => {
    await until(() => leaked(before).length === 0, { within }).catch(() => undefined);
    const left = leaked(before);
    expect(left, `left behind: ${left.join(', ')}; open handles: ${handles().join('; ')}`).toEqual([]);
  }, within + 5_000);
}

/** The kinds of resources there are more of than at the start, as `kind × more`. */
export function leaked(before: ReadonlyMap<string, number>): string[] {
  return [...count()].flatMap(([kind, now]) => {
    const more = now - (before.get(kind) ?? 0);
    return more > 0 ? [`${kind} × ${more}`] : [];
  });
}

/** How many resources of each kind keep this process alive. */
export function count(): Map<string, number> {
  const kinds = process.getActiveResourcesInfo().filter((kind) => !passing.has(kind));
  return kinds.reduce((counts, kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1), new Map<string, number>());
}

/** What the open handles are, as far as they tell. */
function handles(): string[] {
  const active = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  return active.map((handle) => {
    const { spawnargs, remotePort, localPort } = handle as Partial<ChildProcess & Socket>;
    if (spawnargs) return `child ${spawnargs.join(' ')}`;
    return `${(handle as object).constructor.name}${remotePort ? ` ${localPort} → ${remotePort}` : ''}`;
  });
}
