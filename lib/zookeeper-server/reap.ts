/**
 * Containers that had children and have none, and TTL nodes that nobody has written to for longer than their time, are
 * removed now and then (ContainerManager, by default every minute), each in a change of its own. @pure
 */
import { notified, type Output } from './outputs.js';
import { nameIn, parentOf } from './paths.js';
import { childCount } from './stat.js';
import type { State, Znode } from './state.js';
import { begin, commit, isContainer, remove, ttlOf } from './transaction.js';

export function reap(state: State): Output[] {
  if (state.now < state.nextReapAt) return [];
  state.nextReapAt = state.now + state.rules.reapEveryMs;
  return [...state.reapable].flatMap((path) => {
    const node = state.nodes.get(path) as Znode;
    return isOver(state, node) ? removed(state, path, node) : [];
  });
}

function isOver({ now, rules }: State, node: Znode): boolean {
  if (childCount(node) > 0) return false;
  if (isContainer(node)) return node.creations > 0;
  return rules.epochMs + now - node.mtime > (ttlOf(node) as number);
}

function removed(state: State, path: string, node: Znode): Output[] {
  const parentPath = parentOf(path);
  const change = begin(state);
  remove(change, path, nameIn(path), [parentPath, state.nodes.get(parentPath) as Znode], node);
  return notified(commit(change));
}
