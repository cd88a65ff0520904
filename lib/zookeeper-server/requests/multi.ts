/**
 * multi, all or nothing, and multiRead, each for itself.
 *
 * MultiResponse => (MultiHeader result)* MultiHeader
 *   MultiHeader => type done error, the last one with done = true
 *   error => int: 0 before what failed, its code, and -2 (RuntimeInconsistency) after it
 *
 * The reply's own error is 0 even when the multi failed. @pure
 */
import { Code, codeOf, refuse } from '../errors.js';
import { OpCode } from '../opcodes.js';
import { type CreateRequest, multiRequest, type Operation } from '../records.js';
import { type Shown, shown, writeStat } from '../stat.js';
import type { Connection } from '../state.js';
import { begin, commit, rollback, type Transaction } from '../transaction.js';
import type { Call, Handler } from './call.js';
import { applyCheck, applyDelete, applySetData } from './change.js';
import { applyCreate, type CreateOp } from './create.js';
import { writeChildren, writeData } from './read.js';

interface Result {
  readonly type: number;
  readonly path?: string;
  readonly stat?: Shown;
}

export const multi: Handler = (call) => {
  const change = begin(call.state);
  const operations = multiRequest(call.request);
  const results: Result[] = [];
  try {
    for (const operation of operations) results.push(apply(call, change, operation));
  } catch (error) {
    rollback(change);
    writeFailure(call, operations.length, results.length, codeOf(error) ?? raise(error));
    return;
  }
  call.notices.push(...commit(change));
  for (const result of results) writeResult(call, result);
  writeHeader(call, OpCode.error, true, -1);
};

/** Stats are those at the end of each operation, so they are frozen in a copy. */
function apply({ connection }: Call, change: Transaction, operation: Operation): Result {
  const { type } = operation;
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTtl:
      return created(change, connection, operation);
    case OpCode.setData:
      return { type, stat: shown(applySetData(change, connection, operation)) };
    case OpCode.delete:
      applyDelete(change, connection, operation);
      return { type };
    case OpCode.check:
      applyCheck(change, connection, operation);
      return { type };
    default:
      return refuse(Code.marshallingError);
  }
}

/** In a multi the flags decide what kind of create it is, not its type: create2 is answered as a plain create (Op.create). */
function created(change: Transaction, connection: Connection, wanted: CreateRequest): Result {
  const op = kinds[wanted.flags] ?? OpCode.create;
  const [path, node] = applyCreate(change, connection, op, wanted);
  return op === OpCode.create ? { type: op, path } : { type: OpCode.create2, path, stat: shown(node) };
}

const kinds: Record<number, CreateOp> = { 4: OpCode.createContainer, 5: OpCode.createTtl, 6: OpCode.createTtl };

function writeResult(call: Call, { type, path, stat }: Result): void {
  writeHeader(call, type, false, 0);
  if (path !== undefined) call.reply.string(path);
  if (stat) writeStat(call.reply, stat);
}

function writeFailure(call: Call, count: number, failed: number, code: number): void {
  for (let at = 0; at < count; at++) {
    const error = at < failed ? Code.ok : at === failed ? code : Code.runtimeInconsistency;
    writeError(call, error);
  }
  writeHeader(call, OpCode.error, true, -1);
}

/** ErrorResult => error, said twice: in its header and in its body. */
function writeError(call: Call, code: number): void {
  writeHeader(call, OpCode.error, false, code);
  call.reply.int(code);
}

const writeHeader = ({ reply }: Call, type: number, done: boolean, error: number) =>
  reply.int(type).bool(done).int(error);

/** Takes getData and getChildren, and answers each with its own error. */
export const multiRead: Handler = (call) => {
  for (const operation of multiRequest(call.request)) {
    const start = call.reply.at;
    try {
      writeHeader(call, operation.type, false, 0);
      if (operation.type === OpCode.getData) writeData(call, operation);
      else if (operation.type === OpCode.getChildren) writeChildren(call, operation);
      else return refuse(Code.marshallingError);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || code === Code.marshallingError) throw error;
      call.reply.rewind(start);
      writeError(call, code);
    }
  }
  writeHeader(call, OpCode.error, true, -1);
};

function raise(error: unknown): never {
  throw error;
}
