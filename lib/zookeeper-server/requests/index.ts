/** Every request there is, by its code. What is missing here is answered with unimplemented. @pure */
import { Code, refuse } from '../errors.js';
import { OpCode } from '../opcodes.js';
import { checkRequest } from '../records.js';
import { type Handler, write } from './call.js';
import { applyCheck, remove, setAcl, setData } from './change.js';
import { create, create2, createContainer, createTtl } from './create.js';
import { whoAmI } from './identity.js';
import { multi, multiRead } from './multi.js';
import {
  exists,
  getAcl,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  sync,
} from './read.js';
import { addWatch, checkWatches, removeWatches, setWatches, setWatches2 } from './watching.js';

/** Answers with nothing. */
const check: Handler = (call) => {
  write(call, (change) => applyCheck(change, call.connection, checkRequest(call.request)));
};

/** The members of an ensemble cannot be changed, as by default on the real server. */
const reconfig: Handler = (call) => write(call, () => refuse(Code.reconfigDisabled));

const nothing: Handler = () => undefined;

export const handlers: ReadonlyMap<number, Handler> = new Map([
  [OpCode.create, create],
  [OpCode.delete, remove],
  [OpCode.exists, exists],
  [OpCode.getData, getData],
  [OpCode.setData, setData],
  [OpCode.getAcl, getAcl],
  [OpCode.setAcl, setAcl],
  [OpCode.getChildren, getChildren],
  [OpCode.sync, sync],
  [OpCode.ping, nothing],
  [OpCode.getChildren2, getChildren2],
  [OpCode.check, check],
  [OpCode.multi, multi],
  [OpCode.create2, create2],
  [OpCode.reconfig, reconfig],
  [OpCode.checkWatches, checkWatches],
  [OpCode.removeWatches, removeWatches],
  [OpCode.createContainer, createContainer],
  [OpCode.createTtl, createTtl],
  [OpCode.multiRead, multiRead],
  [OpCode.setWatches, setWatches],
  [OpCode.getEphemerals, getEphemerals],
  [OpCode.getAllChildrenNumber, getAllChildrenNumber],
  [OpCode.setWatches2, setWatches2],
  [OpCode.addWatch, addWatch],
  [OpCode.whoAmI, whoAmI],
]);

/** Those that change the tree: a server that is cut off from the others cannot answer them. */
const writes: ReadonlySet<number> = new Set<number>([
  OpCode.create,
  OpCode.delete,
  OpCode.setData,
  OpCode.setAcl,
  OpCode.check,
  OpCode.multi,
  OpCode.create2,
  OpCode.reconfig,
  OpCode.createContainer,
  OpCode.createTtl,
  OpCode.sync,
  OpCode.closeSession,
]);

export const isWrite = (opcode: number): boolean => writes.has(opcode);
