import { type Channel, hasChannel } from '../election/channel.js';
import type { Backend } from '../election/election.js';
import { hasStore } from '../election/store.js';
import { UnsupportedError } from '../errors.js';
import { type Clock, checkText, systemClock } from '../options.js';
import { storeChannel } from './store-channel.js';

/**
 * The channel of that name on whatever the backend has: its own channel, or nodes of its store below the path `name`.
 * Take a name of its own, not an election's. Throws UnsupportedError where the backend has neither.
 */
export function channelOf(backend: Backend, name: string, clock: Clock = systemClock): Channel {
  checkText('name', name);
  if (hasChannel(backend)) return backend.channel(name);
  if (hasStore(backend)) return storeChannel(backend.store, name, clock);
  throw new UnsupportedError('This backend has no channel for heartbeats: give `beat` and `monitor` one of your own.');
}
