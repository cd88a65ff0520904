/** Curves as SVG, both axes logarithmic. @pure */
import type { Curve } from './report.js';
import { textOf } from './report.js';

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 60;
const BOTTOM = 50;
const TOP = 40;
/** Where the curves' names begin. */
const RIGHT = 200;
const COLOURS = ['#1f5fa8', '#2a9d5c', '#e07a2f', '#c1121f', '#7b4ea3', '#444', '#9a4a10', '#0b7285'];

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

type Scale = (value: number) => number;

/** Undefined where there is nothing to draw a line between. */
export function toSvg(curve: Curve): string | undefined {
  const lines = linesOf(curve).filter(({ points }) => points.length > 1);
  if (lines.length === 0) return undefined;
  const points = lines.flatMap((line) => line.points);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const x = logarithmic(xs, LEFT, WIDTH - RIGHT);
  const y = logarithmic(ys, HEIGHT - BOTTOM, TOP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${LEFT}" y="20" font-size="13">${escaped(curve.title)}</text>`,
    ...[...new Set(xs)].map((at) => label(x(at), HEIGHT - BOTTOM + 16, 'middle', textOf(at))),
    label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, 'middle', curve.x),
    ...marks(ys).flatMap((at) => [grid(y(at)), label(LEFT - 6, y(at) + 4, 'end', `${at}`)]),
    ...lines.flatMap((line, index) => drawn(line, index, x, y)),
    '</svg>',
  ].join('\n');
}

function linesOf({ rows, x, y, each }: Curve): Line[] {
  const groups = each ? [...new Set(rows.map((row) => row[each]))] : [undefined];
  return groups.flatMap((group) => {
    const own = rows.filter((row) => !each || row[each] === group);
    return y.map((column) => ({
      name: [group, y.length > 1 || group === undefined ? column : undefined]
        .filter((word) => word !== undefined)
        .join(' '),
      points: own
        .map((row) => [Number(row[x]), Number(row[column] ?? Number.NaN)] as const)
        .filter(([at, value]) => at > 0 && value > 0),
    }));
  });
}

function drawn({ name, points }: Line, index: number, x: Scale, y: Scale): string[] {
  const colour = COLOURS[index % COLOURS.length];
  const places = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  const dots = points.map(
    ([at, value]) =>
      `<circle cx="${x(at).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="${colour}"><title>${textOf(value)}</title></circle>`,
  );
  const legend = `<text x="${WIDTH - RIGHT + 14}" y="${TOP + 14 + index * 16}" fill="${colour}">${escaped(name)}</text>`;
  return [`<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`, ...dots, legend];
}

/** From the least to the greatest of the values, which are above zero. */
function logarithmic(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = bounds(values);
  return (value) => from + ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (to - from);
}

/** With room around them, so that no curve lies on an axis. */
function bounds(values: readonly number[]): [low: number, high: number] {
  return [Math.min(...values) / 1.3, Math.max(...values) * 1.3];
}

/** 1, 2, 5, 10 and so on, as far as they lie within. */
function marks(values: readonly number[]): number[] {
  const [low, high] = bounds(values);
  const decades = Array.from({ length: 19 }, (_, index) => index - 6);
  const all = decades.flatMap((decade) => [1, 2, 5].map((digit) => Number(`${digit}e${decade}`)));
  return all.filter((mark) => mark >= low && mark <= high);
}

const grid = (y: number) => `<path d="M${LEFT} ${y.toFixed(1)}H${WIDTH - RIGHT}" stroke="#ddd"/>`;
const label = (x: number, y: number, anchor: string, text: string) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="#555">${escaped(text)}</text>`;
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
