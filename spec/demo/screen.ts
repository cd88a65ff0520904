/** A calm terminal: text that stays, and below it one region that is redrawn while things change. */
import { createOutput, type Sink } from '../../lib/cli/output.js';

export interface Screen {
  readonly paint: ReturnType<typeof createOutput>['paint'];
  /** Text that stays. */
  tell(...lines: readonly string[]): void;
  /** Replaces the region; without a terminal it is written whenever `key` changes. */
  show(lines: readonly string[], key: string): void;
  /** The region as it is now becomes text that stays. */
  settle(): void;
}

export function createScreen(stdout: Sink & { isTTY?: boolean }, env: NodeJS.ProcessEnv): Screen {
  const { paint } = createOutput({ stdout, stderr: stdout, env });
  return stdout.isTTY ? terminal(stdout, paint) : plain(stdout, paint);
}

/** A line of the region that were wrapped would count as two when it is redrawn: it is cut instead. */
const [UNWRAPPED, WRAPPED] = ['\u001b[?7l', '\u001b[?7h'];

function terminal(stdout: Sink, paint: Screen['paint']): Screen {
  let region: readonly string[] = [];
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  const replace = (above: readonly string[], below: readonly string[]) => {
    const up = region.length > 0 ? `\u001b[${region.length}A` : '';
    stdout.write(`${up}\r\u001b[J${text(above)}${UNWRAPPED}${text(below)}${WRAPPED}`);
    region = below;
  };
  return {
    paint,
    tell: (...lines) => replace(lines, region),
    show: (lines) => replace([], lines),
    settle: () => {
      region = [];
    },
  };
}

function plain(stdout: Sink, paint: Screen['paint']): Screen {
  const write = (lines: readonly string[]) => void stdout.write(lines.map((line) => `${line}\n`).join(''));
  let last = '';
  return {
    paint,
    tell: (...lines) => write(lines),
    show: (lines, key) => {
      if (key !== last) write(lines);
      last = key;
    },
    settle: () => undefined,
  };
}
