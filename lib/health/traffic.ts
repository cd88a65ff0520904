/** Linux's `/proc/net/dev`. @pure */

export interface Traffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Sums over all interfaces but loopback. A line is `eth0: received-bytes, seven more, sent-bytes, seven more`. */
export function bytesIn(text: string): Traffic {
  const lines = text.split('\n').map((line) => /^\s*([^\s:]+):\s*(.*)$/.exec(line));
  const counters = lines.flatMap((line) =>
    line && line[1] !== 'lo' ? [line[2]?.trim().split(/\s+/).map(Number)] : [],
  );
  const sum = (column: number) => counters.reduce((total, row) => total + (row?.[column] || 0), 0);
  return { receivedBytes: sum(0), sentBytes: sum(8) };
}
