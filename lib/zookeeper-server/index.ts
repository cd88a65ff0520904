// The server
export { EmbeddedZooKeeper, type EmbeddedOptions, type Member } from './embedded.js';
export type { Address, TlsOptions } from './endpoint.js';

// What goes wrong on demand
export type { Fault, Faults, Match, ReplyInfo, Whose } from './faults.js';

// The machine inside, for whoever drives it without sockets
export { step, type Input, type Output } from './step.js';
export { copyOf, createState, type Rules, type State } from './state.js';
export { dump } from './dump.js';
