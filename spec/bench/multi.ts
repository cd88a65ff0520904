/** The operations of a multi, as bytes. */
import { int, text } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';

const anyVersion = int(-1);
const header = (code: number): Buffer => Buffer.concat([int(code), Buffer.from([0]), int(-1)]);

export const check = (path: string): Buffer[] => [header(opcode.check), text(path), anyVersion];
export const remove = (path: string): Buffer[] => [header(opcode.delete), text(path), anyVersion];
export const set = (path: string, data: Buffer): Buffer[] => [
  header(opcode.setData),
  text(path),
  text(data),
  anyVersion,
];
export const endOfMulti = Buffer.concat([int(-1), Buffer.from([1]), int(-1)]);
