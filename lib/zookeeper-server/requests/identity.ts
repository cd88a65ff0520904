/** whoAmI, and the auth packet, which is no request: it has a reply of its own kind and may end the connection. @pure */
import { digestOf } from '../acl.js';
import type { JuteReader } from '../jute.js';
import { authPacket } from '../records.js';
import type { Connection, Id } from '../state.js';
import type { Handler } from './call.js';

/** WhoAmIResponse => [scheme user] */
export const whoAmI: Handler = ({ connection, reply }) =>
  void reply.vector(connection.auth, ({ scheme, id }) => reply.string(scheme).string(userIn(scheme, id)));

const userIn = (scheme: string, id: string): string | null =>
  scheme === 'digest' ? (id.split(':', 1)[0] as string) : id;

/** False for a scheme that nobody here knows. */
export function authenticate({ auth, address }: Connection, request: JuteReader): boolean {
  const { scheme, auth: credential } = authPacket(request);
  if (scheme === 'digest')
    add(auth, { scheme, id: digestOf(new TextDecoder().decode(credential ?? new Uint8Array())) });
  else if (scheme === 'ip') add(auth, { scheme, id: address });
  return scheme === 'digest' || scheme === 'ip';
}

function add(auth: Id[], { scheme, id }: Id): void {
  if (!auth.some((one) => one.scheme === scheme && one.id === id)) auth.push({ scheme, id });
}
