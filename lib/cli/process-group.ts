/** A process group: who is in it, and signals to all of it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Machine } from './context.js';

export interface Group {
  /** True while anybody in it can still do something. */
  alive(): boolean;
  /** To everybody in it; nothing happens if nobody is left. */
  send(signal: NodeJS.Signals): void;
}

/** The group that a process leads; of a process that could not be started, an empty one. */
export function groupOf(leader: number | undefined, { kill }: Machine): Group {
  const reaches = (signal: NodeJS.Signals | 0) => {
    try {
      if (leader !== undefined) kill(-leader, signal);
      return leader !== undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  };
  return {
    alive: () => reaches(0) && (statesOf(leader)?.some((state) => state !== 'Z') ?? true),
    send: (signal) => void reaches(signal),
  };
}

/**
 * The states of its members, where the kernel tells. A signal reaches the dead as well until somebody reaps them, and
 * process 1 of a container, which may be ourselves, often does not.
 */
function statesOf(group: number | undefined): string[] | undefined {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(statOf)
      .flatMap(([state, , pgrp]) => (state && Number(pgrp) === group ? [state] : []));
  } catch {
    return undefined;
  }
}

/** State, parent, group, … of a process: what follows its name, which may hold anything. */
function statOf(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
