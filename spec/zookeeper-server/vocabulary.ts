/** The numbers of the protocol by the names that the transcripts use. */
export { OpCode as opcodes } from '../../lib/zookeeper-server/opcodes.js';

export const errors: Record<number, string> = {
  0: 'ok',
  [-1]: 'SYSTEM_ERROR',
  [-2]: 'RUNTIME_INCONSISTENCY',
  [-5]: 'MARSHALLING_ERROR',
  [-6]: 'UNIMPLEMENTED',
  [-8]: 'BAD_ARGUMENTS',
  [-101]: 'NO_NODE',
  [-102]: 'NO_AUTH',
  [-103]: 'BAD_VERSION',
  [-108]: 'NO_CHILDREN_FOR_EPHEMERALS',
  [-110]: 'NODE_EXISTS',
  [-111]: 'NOT_EMPTY',
  [-112]: 'SESSION_EXPIRED',
  [-114]: 'INVALID_ACL',
  [-115]: 'AUTH_FAILED',
  [-118]: 'SESSION_MOVED',
  [-121]: 'NO_WATCHER',
  [-123]: 'RECONFIG_DISABLED',
};

export const eventTypes: Record<number, string> = { 1: 'created', 2: 'deleted', 3: 'changed', 4: 'children' };

/** WatcherType, from 1. */
export const types = ['children', 'data', 'any'];
