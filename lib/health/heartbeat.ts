/** What a member says of itself, and what becomes of that on the way. @pure */

export type Status = 'healthy' | 'degraded' | 'critical';

/** From best to worst. */
export const statuses: readonly Status[] = ['healthy', 'degraded', 'critical'];

/** Gauges by name, as `gauges.ts` documents them, and those that the user adds. What is not known is not there. */
export type Load = Readonly<Record<string, number>>;

export interface Heartbeat {
  readonly id: string;
  /** 1, 2, 3 … within one life of the member. */
  readonly sequence: number;
  /** When this life began, in ms since the epoch by the member's clock: tells a restart from a message that came late. */
  readonly since: number;
  readonly status: Status;
  readonly load: Load;
  /** The last of this life: the member leaves, and is nobody's failure. */
  readonly leaving?: boolean;
}

/** A message, checked: `undefined` for anything that is no heartbeat. What a load holds besides numbers is left out. */
export function decodeHeartbeat(message: unknown): Heartbeat | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { id, sequence, since, status, load, leaving } = message as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || !statuses.includes(status as Status)) return undefined;
  if (!Number.isSafeInteger(sequence) || !Number.isFinite(since)) return undefined;
  return {
    id,
    sequence: sequence as number,
    since: since as number,
    status: status as Status,
    load: numbersIn(load),
    ...(leaving === true && { leaving }),
  };
}

function numbersIn(load: unknown): Load {
  if (typeof load !== 'object' || load === null) return {};
  return Object.fromEntries(Object.entries(load).filter(([, value]) => Number.isFinite(value)));
}
