/** The values of options, from text. */
import { InvalidArgumentError } from 'commander';

/** 0 to 65535. */
export function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError('It must be a port from 0 to 65535.');
  return number;
}

/** `500`, `500ms`, `10s`, `2m`: in ms. */
export function duration(text: string): number {
  const [, count, unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(count) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'];
  if (count === undefined || ms > 2 ** 31 - 1)
    throw new InvalidArgumentError('It must be a duration such as 500ms, 10s or 2m.');
  return ms;
}

/** A whole number from 1. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
