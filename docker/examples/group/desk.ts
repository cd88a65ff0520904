/**
 * The coordinator while it leads: one request after another; what a request changes is written before it is answered.
 *
 * Every write is fenced, and every answer asks the lease: a coordinator that was deposed neither changes nor grants
 * anything. A write that fails, or whose outcome is unknown, ends the term, and the next one reads what is there.
 */
import type { ZooKeeperBackend, ZooKeeperTerm } from 'succession/zookeeper';
import { now, say } from '../support/example.js';
import { ensure, read } from '../support/znodes.js';
import { type Group, handle, type Kept, type Refusal, type Request, type Rules, restore, tick } from './group.js';

export type Reply =
  | { readonly error: Refusal }
  | { readonly generation: number; readonly partitions: readonly number[]; readonly offsets: readonly number[] };

export interface Desk {
  /** Never rejects: an end of the term is `not-coordinator`. */
  ask(request: Request): Promise<Reply>;
  /** To be called all the time. Rejects when something could not be written. */
  tick(): Promise<void>;
  /** Tells those who wait. */
  close(): void;
}

export async function openDesk(
  backend: ZooKeeperBackend,
  path: string,
  term: ZooKeeperTerm,
  rules: Rules,
): Promise<Desk> {
  await ensure(backend, path);
  const found = (await read(backend, path))!;
  let { version } = found;
  let group = restore(found.text === '' ? undefined : (JSON.parse(found.text) as Kept), rules, now());
  const waiting = new Map<string, (reply: Reply) => void>();
  // Once a step has failed all later ones do.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const turn = last.then(step);
    last = turn;
    return turn;
  };

  const become = async (next: Group): Promise<void> => {
    if (next.kept !== group.kept) {
      const [set] = await term.transaction().set(path, JSON.stringify(next.kept), version).commit();
      version = set!.version!;
    }
    if (next.kept.generation !== group.kept.generation) tell(group, next);
    group = next;
    if (group.formingSince === undefined) answerJoins();
  };

  const granted = (member: string): Reply => {
    const { generation, assignment, offsets } = group.kept;
    const partitions = assignment[member];
    if (!term.isValid()) return { error: 'not-coordinator' };
    return partitions ? { generation, partitions, offsets } : { error: 'unknown-member' };
  };

  const answerJoins = () => {
    for (const [member, answer] of waiting) answer(granted(member));
    waiting.clear();
  };

  const ask = async (request: Request): Promise<Reply> => {
    const { member } = request;
    const joined = request.op === 'join' ? new Promise<Reply>((answer) => waiting.set(member, answer)) : undefined;
    return inTurn(async () => {
      const { group: next, refusal } = handle(group, request, rules, now());
      await become(next);
      return refusal;
    }).then(
      (refusal): Reply | Promise<Reply> => joined ?? (refusal && term.isValid() ? { error: refusal } : granted(member)),
      (): Reply => ({ error: 'not-coordinator' }),
    );
  };

  return {
    ask,
    tick: () => inTurn(() => become(tick(group, rules, now()))),
    close: () => {
      for (const answer of waiting.values()) answer({ error: 'not-coordinator' });
    },
  };
}

/** How long it took to form a generation, from the first sign that one was due. */
function tell(before: Group, { kept: { generation, assignment } }: Group): void {
  const owner = new Map(Object.entries(before.kept.assignment).flatMap(([id, all]) => all.map((one) => [one, id])));
  const moved = Object.entries(assignment).flatMap(([id, all]) => all.filter((one) => owner.get(one) !== id)).length;
  const rebalanceMs = before.formingSince === undefined ? 0 : now() - before.formingSince;
  say('generation', { generation, assignment, moved, rebalanceMs: Math.round(rebalanceMs) });
}
