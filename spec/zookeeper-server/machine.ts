/** The machine without sockets: a state, and inputs made of what clients would send. */
import {
  createState,
  type Input,
  type Output,
  type Rules,
  type State,
  step,
} from '../../lib/zookeeper-server/index.js';
import { int, long, text } from '../support/bare-client.js';

export const rules: Rules = {
  tickMs: 100,
  minSessionTimeoutMs: 200,
  maxSessionTimeoutMs: 60_000,
  epochMs: 0,
  seed: 1n,
  extendedTypes: true,
  reapEveryMs: 1_000,
};

export const machine = (): State => createState(rules);

export const hello = (timeoutMs = 1_000, session = 0n, password = Buffer.alloc(16)): Uint8Array =>
  Buffer.concat([int(0), long(0n), int(timeoutMs), long(session), text(password), Buffer.from([0])]);

export const connect = (connection: number, at = 0, timeoutMs = 1_000): Input => ({
  kind: 'connect',
  at,
  connection,
  address: '127.0.0.1',
  hello: hello(timeoutMs),
});

export const request = (connection: number, opcode: number, body: Uint8Array = Buffer.alloc(0), at = 0): Input => ({
  kind: 'request',
  at,
  connection,
  frame: Buffer.concat([int(7), int(opcode), body]),
});

const anybody = Buffer.concat([int(1), int(31), text('world'), text('anyone')]);

export const createBody = (path: string, flags = 0): Buffer =>
  Buffer.concat([text(path), text('data'), anybody, int(flags)]);

/** Everything that a log of inputs makes a new machine say, and what it knows in the end. */
export function replay(log: readonly Input[], by: Rules = rules): { outputs: Output[]; state: State } {
  const state = createState(by);
  return { outputs: log.flatMap((input) => step(state, input)), state };
}
