/**
 * Everybody who was heard, and who has failed since: a fold over what a monitor hears and the passing of time. @pure
 *
 * The one thing a reader would get wrong: silence is evidence against a member only while we could hear. Time in which
 * this process was paused, or its own connection was down, is taken out of every member's silence, so that a monitor
 * that wakes up does not declare everybody dead.
 */
import { type Detector, excuse, type History, resume } from './detector.js';
import type { Heartbeat, Load, Status } from './heartbeat.js';

/** A member as a monitor sees it. Instants are in ms by the monitor's monotonic clock. */
export interface Member {
  readonly id: string;
  readonly state: 'alive' | 'failed';
  /** What it said last of itself. */
  readonly status: Status;
  readonly load: Load;
  readonly sequence: number;
  /** When its present life began, in ms since the epoch by its own clock. */
  readonly since: number;
  /** How often its heartbeats began anew: its process was restarted, or two processes share the id. */
  readonly restarts: number;
  readonly heardAt: number;
  readonly failedAt: number | undefined;
  /** The detector's, at the last change: with which it was declared failed, or 0. */
  readonly suspicion: number;
}

interface Tracked {
  readonly member: Member;
  readonly history: History;
}

export interface Roster {
  /** Of the last input. */
  readonly at: number;
  readonly hearing: boolean;
  /** The same object as before if nothing has changed for those who look. */
  readonly tracked: ReadonlyMap<string, Tracked>;
}

/** What happens to a monitor: time passes; and perhaps it hears somebody, or loses or regains its own hearing. */
export interface Input {
  readonly at: number;
  readonly heartbeat?: Heartbeat;
  readonly hearing?: boolean;
}

export interface RosterOptions {
  readonly detector: Detector;
  /** There is an input at least this often, in ms, unless the process is paused. */
  readonly checkEveryMs: number;
  /** A failed member is forgotten after so long, in ms. */
  readonly forgetAfterMs: number;
}

export const emptyRoster = (at: number): Roster => ({ at, hearing: true, tracked: new Map() });

export const membersOf = ({ tracked }: Roster): readonly Member[] => [...tracked.values()].map(({ member }) => member);

export function step(roster: Roster, input: Input, options: RosterOptions): Roster {
  const { at, heartbeat, hearing = roster.hearing } = input;
  const excused = excuseAll(roster, deafMs(roster, at, options), at);
  const heard = heartbeat ? hear(excused, heartbeat, at, options.detector) : excused;
  return { at, hearing, tracked: hearing ? lookAround(heard, at, options) : heard };
}

/** For how long of the time since the last input we could not have heard anybody. */
function deafMs({ at: before, hearing }: Roster, at: number, { checkEveryMs }: RosterOptions): number {
  const passedMs = at - before;
  if (!hearing) return passedMs;
  return passedMs > 2 * checkEveryMs ? passedMs - checkEveryMs : 0;
}

function excuseAll({ tracked }: Roster, byMs: number, at: number): Roster['tracked'] {
  if (byMs <= 0) return tracked;
  return new Map([...tracked].map(([id, one]) => [id, { ...one, history: excuse(one.history, byMs, at) }]));
}

function hear(tracked: Roster['tracked'], beat: Heartbeat, at: number, detector: Detector): Roster['tracked'] {
  const known = tracked.get(beat.id);
  const isOld = known?.member.since === beat.since && beat.sequence <= known.member.sequence;
  // The farewell of an earlier life, come late, is nobody's.
  const isFarewell = beat.leaving && (!known || beat.since < known.member.since);
  if (isOld || isFarewell) return tracked;
  const next = new Map(tracked);
  if (beat.leaving) next.delete(beat.id);
  else next.set(beat.id, { member: memberFrom(beat, at, known?.member), history: rhythm(beat, at, detector, known) });
  return next;
}

function memberFrom({ id, status, load, sequence, since }: Heartbeat, at: number, before?: Member): Member {
  const restarts = (before?.restarts ?? 0) + (before && before.since !== since ? 1 : 0);
  const alive = { state: 'alive', heardAt: at, failedAt: undefined, suspicion: 0 } as const;
  return { id, status, load, sequence, since, restarts, ...alive };
}

/** The span before a return or a restart is no part of the rhythm. */
function rhythm(beat: Heartbeat, at: number, detector: Detector, known: Tracked | undefined): History {
  if (!known) return detector.observe(undefined, at);
  const { history, member } = known;
  const interrupted = member.state === 'failed' || member.since !== beat.since;
  return interrupted ? resume(history, at) : detector.observe(history, at);
}

/** Declares failed whose silence says so, and forgets who failed long ago. */
function lookAround(tracked: Roster['tracked'], at: number, options: RosterOptions): Roster['tracked'] {
  const { detector, forgetAfterMs } = options;
  const changed = new Map<string, Tracked | undefined>();
  for (const [id, one] of tracked) {
    const { member, history } = one;
    const suspicion = detector.suspicion(history, at);
    if (member.state === 'alive' && suspicion >= detector.threshold)
      changed.set(id, { history, member: { ...member, state: 'failed', failedAt: at, suspicion } });
    if (member.failedAt !== undefined && at - member.failedAt >= forgetAfterMs) changed.set(id, undefined);
  }
  if (changed.size === 0) return tracked;
  const all = [...tracked].map(([id, one]) => [id, changed.has(id) ? changed.get(id) : one] as const);
  return new Map(all.filter((entry): entry is [string, Tracked] => entry[1] !== undefined));
}

/** A member that fell silent. */
export interface Failure {
  readonly id: string;
  /** The detector's, when it was declared failed. */
  readonly suspicion: number;
  /** For how long it had been silent, in ms, time in which we could not hear included. */
  readonly silentMs: number;
  readonly member: Member;
}

/** A member that was declared failed, and was heard again. */
export interface Recovery {
  readonly id: string;
  /** For how long it had been silent, in ms. */
  readonly silentMs: number;
  /** True if it is a new life of the member; false if it was only slow, cut off, or wrongly suspected. */
  readonly restarted: boolean;
  readonly member: Member;
}

export function failuresBetween(before: Roster, after: Roster): readonly Failure[] {
  return pairs(before, after)
    .filter(([was, is]) => was?.state === 'alive' && is.state === 'failed')
    .map(([, is]) => ({ id: is.id, suspicion: is.suspicion, silentMs: after.at - is.heardAt, member: is }));
}

export function recoveriesBetween(before: Roster, after: Roster): readonly Recovery[] {
  return pairs(before, after).flatMap(([was, is]) =>
    was?.state === 'failed' && is.state === 'alive'
      ? [{ id: is.id, silentMs: is.heardAt - was.heardAt, restarted: is.since !== was.since, member: is }]
      : [],
  );
}

function pairs(before: Roster, after: Roster): readonly (readonly [Member | undefined, Member])[] {
  return membersOf(after).map((is) => [before.tracked.get(is.id)?.member, is]);
}
