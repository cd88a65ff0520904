/** Where the shell has its time from: the machine, or whoever writes the test. */

export interface Clock {
  /** ms since the clock was made; never goes back. */
  now(): number;
  /** Calls once, after so many ms. Returns how to call it off. */
  after(ms: number, call: () => void): () => void;
}

/** Keeps no process alive. */
export function realClock(): Clock {
  const start = performance.now();
  return {
    now: () => performance.now() - start,
    after(ms, call) {
      const timer = setTimeout(call, ms).unref();
      return () => clearTimeout(timer);
    },
  };
}

export interface VirtualClock extends Clock {
  /** Lets so much time pass; what falls due in it is called in order, each at its own instant. */
  advance(ms: number): void;
}

/** Stands still until told. */
export function virtualClock(): VirtualClock {
  let now = 0;
  let pending: { at: number; call: () => void }[] = [];
  const take = (until: number) => {
    const [first] = pending.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
    pending = pending.filter((timer) => timer !== first);
    return first;
  };
  return {
    now: () => now,
    after(ms, call) {
      const timer = { at: now + ms, call };
      pending.push(timer);
      return () => {
        pending = pending.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const until = now + ms;
      for (let due = take(until); due; due = take(until)) {
        now = Math.max(now, due.at);
        due.call();
      }
      now = until;
    },
  };
}
