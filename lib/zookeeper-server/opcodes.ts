/** The operation codes of ZooKeeper's wire protocol (ZooDefs.OpCode). @pure */
export const OpCode = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  checkWatches: 17,
  removeWatches: 18,
  createContainer: 19,
  createTtl: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
  createSession: -10,
  closeSession: -11,
  error: -1,
} as const;

export type OpName = keyof typeof OpCode;

const names = new Map(Object.entries(OpCode).map(([name, code]) => [code as number, name as OpName]));

/** The operation's name; its number where nobody knows it. */
export const nameOf = (code: number): string => names.get(code) ?? String(code);

/** Transaction ids that replies carry although nobody counted them. */
export const Xid = { notification: -1, ping: -2 } as const;
