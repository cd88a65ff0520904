import { type Channel, hasChannel } from '../election/channel.js';
import type { Backend } from '../election/election.js';
import { UnsupportedError } from '../errors.js';
import { checkText } from '../options.js';

/**
 * The channel of that name on whatever the backend has; on ZooKeeper, `name` is a path. Take a name of its own, not an
 * election's. Throws UnsupportedError for a backend that lends none.
 */
export function channelOf(backend: Backend, name: string): Channel {
  checkText('name', name);
  if (hasChannel(backend)) return backend.channel(name);
  throw new UnsupportedError('This backend has no channel for heartbeats: give `beat` and `monitor` one of your own.');
}
