/** What a step has the shell send. Frames are complete, their length first. @pure */
import { JuteWriter } from './jute.js';
import { Xid } from './opcodes.js';
import type { EventType, Notice } from './watches.js';

export type Output =
  | {
      readonly kind: 'reply';
      readonly connection: number;
      /** Of the request; that of a handshake is createSession. */
      readonly opcode: number;
      readonly error: number;
      readonly frame: Uint8Array;
    }
  | {
      readonly kind: 'notify';
      readonly connection: number;
      readonly type: EventType;
      readonly path: string;
      readonly frame: Uint8Array;
    }
  | { readonly kind: 'close'; readonly connection: number };

/** The state of the connection as events tell it: SyncConnected. */
const SYNC_CONNECTED = 3;

/** WatcherEvent => type state path, behind a reply header whose zxid is -1 (from 3.9 on it is the change's). */
export function notified(notices: readonly Notice[]): Output[] {
  return notices.map(({ connection, type, path }) => {
    const frame = new JuteWriter().int(Xid.notification).long(-1n).int(0);
    return { kind: 'notify', connection, type, path, frame: frame.int(type).int(SYNC_CONNECTED).string(path).frame() };
  });
}
