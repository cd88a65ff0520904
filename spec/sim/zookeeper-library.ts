import { type Frame, Reader, Writer } from '../../lib/zookeeper/codec.js';
import type { Answer } from '../../lib/zookeeper/port.js';
import type { RawClient } from '../../lib/zookeeper/raw.js';
import { OpCode } from '../../lib/zookeeper-server/opcodes.js';
import type { Asked, Asking } from './zookeeper-asking.js';

/** As much of the library as `requests.ts` uses. */
export function library(asking: Asking): RawClient {
  const ask = <T>(frame: Frame, done: (error: unknown, value: T) => void, read: (from: Reader) => T) =>
    asking.ask(frame, (error, reply) => (error ? done(error, undefined as T) : done(null, read(new Reader(reply!)))));
  return {
    connectionManager: {
      queue: (frame: Frame, callback: Asked['callback']) => asking.ask(frame, callback),
    },
    remove: (path, version, done) =>
      ask(new Writer().text(path).int(version).frame(OpCode.delete), done, () => undefined),
    setData: (path, data, version, done) =>
      ask(
        new Writer().text(path).data(data).int(version).frame(OpCode.setData),
        done as Answer<unknown>,
        () => undefined,
      ),
    getACL: (path, done) => ask(new Writer().text(path).frame(OpCode.getAcl), done as Answer<unknown>, () => []),
  } as RawClient;
}
