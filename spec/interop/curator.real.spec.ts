import { describe } from 'vitest';
import { curator } from './install.js';
import { describeOneLine } from './one-line.js';

/** A Java service reads our participants' data as their id: JSON that begins with it. */
const idIn = (data: string): string => JSON.parse(data).id;

describe("Curator's LeaderLatch", () => {
  describeOneLine({ name: 'curator', naming: 'curator', command: curator, isDeafened: true, ourId: idIn });
});
