/** A time line as SVG: a row for each candidate with bars for belief and work, marks for claims, columns for faults. @pure */
import type { Violation } from './checker.js';
import type { Evidence, Fault, Occurrence, Span } from './history.js';

const LEFT = 70;
const ROW = 34;
const TOP = 96;
const WIDTH = 1_600;

export interface Window {
  readonly from: number;
  readonly until: number;
}

/** The whole run, or what is around a violation. */
export function windowOf({ spans, faults, end }: Evidence, violation?: Violation): Window {
  if (violation) return { from: violation.at - 3_000, until: violation.at + 2_000 };
  return { from: Math.min(end, ...spans.map(({ from }) => from), ...faults.map(({ from }) => from)), until: end };
}

export function toSvg(
  { spans, occurrences, faults }: Evidence,
  { from, until }: Window,
  violation?: Violation,
): string {
  const candidates = [...new Set([...spans, ...occurrences].map(({ who }) => who.split('.')[0]!))].sort();
  const height = TOP + candidates.length * ROW + 40;
  const x = (at: number) => LEFT + ((Math.min(Math.max(at, from), until) - from) / (until - from)) * WIDTH;
  const y = (who: string) => TOP + candidates.indexOf(who.split('.')[0]!) * ROW;
  const seen = <T extends { from: number; until: number }>(all: readonly T[]) =>
    all.filter((one) => one.until >= from && one.from <= until);
  const marks = occurrences.filter(({ at, kind }) => at >= from && at <= until && kind in MARKS);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...seen(faults).map((fault, index) => column(fault, x, height, index)),
    ...candidates.map((who) => `<text x="8" y="${y(who) + 18}">${who}</text>`),
    ...seen(spans).map((span) => bar(span, x, y)),
    ...marks.map((mark) => sign(mark, x, y)),
    ...seconds({ from, until }, x, height),
    violation ? line(x(violation.at), height, violation.what) : '',
    legend(),
    '</svg>',
  ].join('\n');
}

type Scale = (at: number) => number;
type Rows = (who: string) => number;

function bar({ kind, who, token, from, until }: Span, x: Scale, y: Rows): string {
  const [top, tall, fill] = kind === 'belief' ? [6, 10, '#2a9d5c'] : [18, 6, '#1f5fa8'];
  const width = Math.max(1, x(until) - x(from)).toFixed(1);
  return `<rect x="${x(from).toFixed(1)}" y="${y(who) + top}" width="${width}" height="${tall}" fill="${fill}"><title>${who} ${kind} ${token}</title></rect>`;
}

/** Names are written on four lines in turn, so that neighbours can be read. */
function column({ name, target, from, until, note }: Fault, x: Scale, height: number, index: number): string {
  const width = Math.max(1.5, x(until) - x(from)).toFixed(1);
  const at = x(from).toFixed(1);
  return [
    `<rect x="${at}" y="${TOP - 4}" width="${width}" height="${height - TOP - 30}" fill="#e07a2f" opacity="0.18"><title>${escaped(`${name} of ${target} ${note ?? ''}`)}</title></rect>`,
    `<text x="${at}" y="${40 + (index % 4) * 13}" font-size="10" fill="#9a4a10">${escaped(name)}</text>`,
  ].join('');
}

const MARKS: Partial<Record<Occurrence['kind'], string>> = { claim: '#111', killed: '#c1121f', left: '#777' };

/** A stroke for each claim, and for how a process ended. */
function sign({ kind, who, at }: Occurrence, x: Scale, y: Rows): string {
  return `<path d="M${x(at).toFixed(1)} ${y(who) + 2}v26" stroke="${MARKS[kind]}" stroke-width="1.5"><title>${who} ${kind}</title></path>`;
}

function seconds({ from, until }: Window, x: Scale, height: number): string[] {
  const every = [1_000, 5_000, 10_000, 30_000, 60_000].find((step) => (until - from) / step <= 30) ?? 300_000;
  const ticks = Array.from({ length: Math.floor((until - from) / every) + 1 }, (_, index) => index * every);
  return ticks.map(
    (tick) => `<text x="${x(from + tick).toFixed(1)}" y="${height - 8}" fill="#555">${tick / 1000} s</text>`,
  );
}

function line(at: number, height: number, what: string): string {
  return `<path d="M${at.toFixed(1)} 24V${height - 24}" stroke="#c1121f" stroke-width="2"/><text x="${LEFT + 420}" y="18" fill="#c1121f">${escaped(what)}</text>`;
}

function legend(): string {
  return `<text x="${LEFT}" y="18"><tspan fill="#2a9d5c">■ believes to lead</tspan> <tspan fill="#1f5fa8">■ works</tspan> <tspan>| claim</tspan> <tspan fill="#c1121f">| killed</tspan> <tspan fill="#777">| left</tspan> <tspan fill="#e07a2f">■ fault</tspan></text>`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
