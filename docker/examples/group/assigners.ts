/** Who gets which partitions. Every partition is somebody's, and no two members differ by more than one. @pure */

/** Partitions by member id. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/** `members` is not empty, and in the order of their ids; `before` is what the last generation had. */
export type Assigner = (members: readonly string[], partitions: number, before: Assignment) => Assignment;

/** Neighbouring partitions together. */
export const range: Assigner = (members, partitions) => {
  let next = 0;
  return byMember(members, (_, n) => upTo(quota(n, members.length, partitions)).map(() => next++));
};

/** Dealt out like cards. */
export const roundRobin: Assigner = (members, partitions) =>
  byMember(members, (_, n) => upTo(partitions).filter((partition) => partition % members.length === n));

/** Everybody keeps as much as balance allows: those who have most may keep the one more, and the rest is dealt out. */
export const sticky: Assigner = (members, partitions, before) => {
  const has = (id: string) => before[id] ?? [];
  const byWealth = members.toSorted((a, b) => has(b).length - has(a).length);
  const quotas = new Map(byWealth.map((id, n) => [id, quota(n, members.length, partitions)]));
  const kept = new Map(members.map((id) => [id, has(id).slice(0, quotas.get(id))]));
  const taken = new Set([...kept.values()].flat());
  const free = upTo(partitions).filter((partition) => !taken.has(partition));
  return byMember(members, (id) => {
    const keeps = kept.get(id) ?? [];
    return [...keeps, ...free.splice(0, quotas.get(id)! - keeps.length)].toSorted((a, b) => a - b);
  });
};

export const assigners: Readonly<Record<string, Assigner>> = { range, 'round-robin': roundRobin, sticky };

/** How many the n-th of so many members gets. */
const quota = (n: number, members: number, partitions: number) =>
  Math.floor(partitions / members) + (n < partitions % members ? 1 : 0);

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

const byMember = (members: readonly string[], share: (id: string, n: number) => readonly number[]): Assignment =>
  Object.fromEntries(members.map((id, n) => [id, share(id, n)]));
