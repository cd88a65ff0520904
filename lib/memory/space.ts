import type { Observable } from 'rxjs';
import { createCell } from '../election/cell.js';
import type { Channel } from '../election/channel.js';
import { openChannel } from './channel.js';
import { emptyLine, type Line, settle } from './line.js';

/** What the backends of one process that name the same space have in common. */
export interface Space {
  /** The line of an election: made when first asked for. */
  line<T>(election: string): LineCell<T>;
  /** The channel of that name: made when first asked for. */
  channel(name: string): Channel;
  /** Every line that somebody has asked for, by election. */
  readonly lines: ReadonlyMap<string, LineCell>;
  /** Larger each time it is asked for, whatever becomes of elections and backends. */
  nextOrder(): number;
}

/** A line, and its news. */
export interface LineCell<T = unknown> {
  /** The line as it is, at this very call. */
  readonly now: Line<T>;
  /** Replays. News that arises while other news is being told waits its turn: all hear the same story. */
  readonly line$: Observable<Line<T>>;
  /** How many leaderships there have been. */
  readonly leaderships: number;
  /** Changes the line; what follows from that is told as a second change. `at` is the wall clock. */
  update(change: (line: Line<T>) => Line<T>, at: number): void;
}

const spaces = new Map<string, Space>();

/** The space of that name in this process. */
export function openSpace(name: string): Space {
  const space = spaces.get(name) ?? createSpace();
  spaces.set(name, space);
  return space;
}

function createSpace(): Space {
  const lines = new Map<string, LineCell>();
  const channels = new Map<string, Channel>();
  let tokens = 0n;
  let orders = 0;
  const nextToken = () => {
    tokens += 1n;
    return tokens;
  };
  return {
    lines,
    line<T>(election: string) {
      const cell = lines.get(election) ?? createLine(nextToken);
      lines.set(election, cell);
      return cell as unknown as LineCell<T>;
    },
    channel(name) {
      const channel = channels.get(name) ?? openChannel();
      channels.set(name, channel);
      return channel;
    },
    nextOrder() {
      orders += 1;
      return orders;
    },
  };
}

function createLine(nextToken: () => bigint): LineCell {
  const cell = createCell<Line>(emptyLine);
  let leaderships = 0;
  const set = (change: (line: Line) => Line) => {
    cell.update((now) => {
      const next = change(now);
      if (next.claim && next.claim !== now.claim) leaderships += 1;
      return next;
    });
  };
  return {
    get now() {
      return cell.now;
    },
    line$: cell.value$,
    get leaderships() {
      return leaderships;
    },
    update(change, at) {
      set(change);
      set((line) => settle(line, nextToken, at));
    },
  };
}
