/** Virtual time, and processes in it: each has clocks of its own, and timers that run by them. */
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import type { Clock } from '../options.js';
import { Agenda } from './agenda.js';

/** True time, in ms. One thing after the other, each at its instant. */
export class Timeline {
  now = 0;
  /** How many things have happened. */
  happened = 0;
  /** How many of them at this instant. */
  atOnce = 0;
  readonly #agenda = new Agenda<() => void>();

  at(at: number, act: () => void): void {
    this.#agenda.add(Math.max(at, this.now), act);
  }

  /** Lets the next thing happen; `false` if there is none before `endMs`. */
  goOn(endMs: number): boolean {
    const next = (this.#agenda.dueAt ?? Number.POSITIVE_INFINITY) > endMs ? undefined : this.#agenda.next();
    if (!next) {
      this.now = Math.max(this.now, endMs);
      return false;
    }
    this.atOnce = next.at === this.now ? this.atOnce + 1 : 0;
    this.happened += 1;
    this.now = next.at;
    next.event();
    return true;
  }
}

interface Alarm {
  /** By the process's own clock. */
  readonly due: number;
  readonly ring: () => void;
  isOff: boolean;
}

/** Where a process's monotonic clock begins, and how many ms of it pass in one of true time. */
export interface Pace {
  readonly base: number;
  readonly rate: number;
}

/** One process: its clocks run by true time and its own pace; while it is paused everything else of it waits. */
export class VirtualProcess implements Clock {
  isAlive = true;
  readonly now = (): number => this.#at(this.#asleepSince ?? this.#timeline.now) - this.#missed;
  readonly wall = (): number => 1e12 + this.#at(this.#timeline.now);
  readonly scheduler: SchedulerLike = {
    now: () => this.now(),
    schedule: (work, delay = 0, state) => new Action(this, work as Work).schedule(state, delay),
  };
  readonly #timeline: Timeline;
  readonly #pace: Pace;
  /** What the monotonic clock has missed while the machine was suspended, in ms of it. */
  #missed = 0;
  /** Since when, in true time, the machine is suspended. */
  #asleepSince: number | undefined;
  /** While it is paused: the alarms that were due. */
  #late: Alarm[] | undefined;
  /** What has arrived and was not read. */
  #unread: (() => void)[] = [];
  readonly #alarms = new Set<Alarm>();

  constructor(timeline: Timeline, pace: Pace) {
    this.#timeline = timeline;
    this.#pace = pace;
  }

  get isPaused(): boolean {
    return this.#late !== undefined;
  }

  /** Timers that have not rung. */
  get alarms(): number {
    return this.#alarms.size;
  }

  /** Once, after so many ms of its own; at least one, as in Node. Returns how to call it off. */
  after(ms: number, ring: () => void): () => void {
    return this.#set({ due: this.now() + Math.max(1, ms), ring, isOff: false });
  }

  /** Once, after everything that has arrived by now. */
  soon(ring: () => void): () => void {
    return this.#set({ due: this.now(), ring, isOff: false });
  }

  /** Something comes in from outside. */
  arrive(act: () => void): void {
    if (this.isPaused || this.#unread.length > 0) this.#unread.push(act);
    else if (this.isAlive) act();
  }

  /** Nothing runs any more. With `asleep` the monotonic clock stands still too: the whole machine is suspended. */
  pause(asleep: boolean): void {
    if (this.isPaused || !this.isAlive) return;
    this.#late = [];
    if (asleep) this.#asleepSince = this.#timeline.now;
  }

  /** As Node does: first the timers that are due, then what has arrived. */
  resume(): void {
    const late = this.#late;
    if (!late) return;
    if (this.#asleepSince !== undefined) this.#missed += (this.#timeline.now - this.#asleepSince) * this.#pace.rate;
    this.#asleepSince = undefined;
    this.#late = undefined;
    for (const alarm of late.sort((a, b) => a.due - b.due)) this.#due(alarm);
    this.#timeline.at(this.#timeline.now, () => this.#read());
  }

  /** Nothing of it happens any more. */
  kill(): void {
    this.isAlive = false;
    this.#late = undefined;
    this.#unread = [];
    this.#alarms.clear();
  }

  #read(): void {
    while (!this.isPaused && this.#unread.length > 0) this.#unread.shift()!();
  }

  #at(trueTime: number): number {
    return this.#pace.base + trueTime * this.#pace.rate;
  }

  #set(alarm: Alarm): () => void {
    this.#alarms.add(alarm);
    this.#due(alarm);
    return () => {
      alarm.isOff = true;
      this.#alarms.delete(alarm);
    };
  }

  #due(alarm: Alarm): void {
    const inMs = Math.max(0, alarm.due - this.now()) / this.#pace.rate;
    this.#timeline.at(this.#timeline.now + inMs, () => this.#ring(alarm));
  }

  #ring(alarm: Alarm): void {
    const isEarly = this.now() < alarm.due - 1e-3; // The machine was suspended meanwhile.
    if (alarm.isOff || !this.isAlive) return;
    if (this.#late) this.#late.push(alarm);
    else if (isEarly) this.#due(alarm);
    else {
      this.#alarms.delete(alarm);
      alarm.ring();
    }
  }
}

type Work = (this: SchedulerAction<unknown>, state?: unknown) => void;

/** As RxJS's own asynchronous action, on the timers of a process. */
class Action extends Subscription implements SchedulerAction<unknown> {
  readonly #process: VirtualProcess;
  readonly #work: Work;
  #callOff: () => void = () => undefined;

  constructor(process: VirtualProcess, work: Work) {
    super(() => this.#callOff());
    this.#process = process;
    this.#work = work;
  }

  schedule(state?: unknown, delay = 0): Subscription {
    if (this.closed) return this;
    this.#callOff();
    this.#callOff = this.#process.after(delay, () => this.#work.call(this, state));
    return this;
  }
}
