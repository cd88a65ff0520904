/**
 * Where an election lies in Redis. All keys of one election carry its name as their hash tag, so that a cluster keeps them
 * in one slot, and a script may touch them together. @pure
 *
 * | key | what |
 * |---|---|
 * | `…:{name}:token` | the last fencing token; never expires |
 * | `…:{name}:lease` | hash: who holds the lease and until when, what was asked of it, who should be next |
 * | `…:{name}:line` | sorted set: the places in order of succession |
 * | `…:{name}:alive` | sorted set: until when each place counts without another heartbeat, by Redis' clock |
 * | `…:{name}:who` | hash: since when each place stands, and what its candidate publishes |
 * | `…:{name}:news` | channel: who should look |
 * | `…:tried` | channel: nobody says anything; whoever listens asks for it to see that its connection lives |
 * | `…:elections` | set: every election that anybody has ever stood in |
 */
export interface Keys {
  /** In the order in which the scripts take them. */
  readonly all: readonly [token: string, lease: string, line: string, alive: string, who: string];
  readonly channel: string;
}

export function keysOf(prefix: string, name: string): Keys {
  const key = (part: string) => `${prefix}:{${escaped(name)}}:${part}`;
  return { all: [key('token'), key('lease'), key('line'), key('alive'), key('who')], channel: key('news') };
}

export const registryOf = (prefix: string): string => `${prefix}:elections`;

/** A brace would end the hash tag too early. */
const escaped = (name: string) => name.replace(/[%{}]/g, encodeURIComponent);

/** Names are paths, as everywhere: with or without slashes around them they are the same. */
export const plain = (name: string): string => name.replace(/^\/+|\/+$/g, '');
