export type Cell = string | number;

/** One line of a report: column → value. */
export type Row = Readonly<Record<string, Cell>>;

/** What a part of the bench found. */
export interface Report {
  readonly title: string;
  readonly rows: readonly Row[];
  /** What of it is worth drawing. */
  readonly curve?: Curve;
}

/** Columns over a column. */
export interface Curve {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly x: string;
  readonly y: readonly string[];
  /** A curve for each value of this column. */
  readonly each?: string;
}

/** For people: the title, and the rows in columns. */
export function asText({ title, rows }: Report): string {
  const columns = columnsOf(rows);
  return `${title}\n${table(
    columns,
    rows.map((row) => columns.map((column) => textOf(row[column] ?? ''))),
  )}`;
}

export const columnsOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))];

/** Whole numbers as they are, others with two digits after the point. */
export const textOf = (cell: Cell): string =>
  typeof cell === 'number' && !Number.isInteger(cell) ? cell.toFixed(2) : `${cell}`;

/** Rows under a header, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => rows.every((row) => /^([-\d.]|$)/.test(row[column] ?? ''));
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
  };
  return all.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** The value below which this share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** The columns of a set of samples. */
export const spread = (name: string, samples: readonly number[]): Record<string, number> => ({
  [`${name} p50`]: median(samples),
  [`${name} p99`]: percentile(samples, 0.99),
});

export const ms = (value: number): string => value.toFixed(2);
