import { describe } from 'vitest';
import { kazoo } from './install.js';
import { describeOneLine } from './one-line.js';

describe("kazoo's Election", () => {
  describeOneLine({ name: 'kazoo', naming: 'kazoo', command: kazoo, ourId: (data) => data });
});
