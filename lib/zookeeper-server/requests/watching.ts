/** setWatches, setWatches2, addWatch, checkWatches, removeWatches. @pure */
import { Code, refuse } from '../errors.js';
import { addWatchRequest, setWatches as oldRecord, setWatches2 as record, watchRequest } from '../records.js';
import { addBoth, dropWatch, hasWatch, Mode, rewatch, type WatchTable } from '../watches.js';
import type { Call, Handler } from './call.js';

/** Answers with nothing, after what was missed. */
export const setWatches: Handler = (call) => {
  call.notices.push(...rewatch(call.state, call.connection.id, oldRecord(call.request)));
};

export const setWatches2: Handler = (call) => {
  call.notices.push(...rewatch(call.state, call.connection.id, record(call.request)));
};

/** ErrorResponse => error, which is 0 */
export const addWatch: Handler = (call) => {
  const { path, mode } = addWatchRequest(call.request);
  if (mode !== Mode.persistent && mode !== Mode.recursive) return refuse(Code.marshallingError);
  addBoth(call.state, path, call.connection.id, mode);
  call.reply.int(Code.ok);
};

/** Answers with nothing, or that there is no such watch. */
export const checkWatches: Handler = (call) => {
  const { path, type } = watchRequest(call.request);
  if (!tablesOf(call, type).some((table) => hasWatch(table, path, call.connection.id))) refuse(Code.noWatcher);
};

export const removeWatches: Handler = (call) => {
  const { path, type } = watchRequest(call.request);
  const dropped = tablesOf(call, type).filter((table) => dropWatch(table, path, call.connection.id));
  if (dropped.length === 0) refuse(Code.noWatcher);
};

/** WatcherType: children 1, data 2, any 3. */
function tablesOf({ state }: Call, type: number): WatchTable[] {
  if (type === 1) return [state.childWatches];
  if (type === 2) return [state.dataWatches];
  return type === 3 ? [state.childWatches, state.dataWatches] : refuse(Code.marshallingError);
}
