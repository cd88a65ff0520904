import { expect, it } from 'vitest';
import { decodeTable, encodeTable, type Table } from '../../lib/coordinator/table.js';

it('a table is read as it was written, whatever nodes and roles are called', () => {
  const names = ['a', 'constructor', 'toString', '__proto__', '0'];
  const pairs = names.flatMap((node) => [1, 2].map((n) => [`${node} ${n}`, node] as const));
  const table: Table = { owners: new Map(pairs), moving: new Map(pairs), pinned: new Map([['__proto__', 'a']]) };
  const read = decodeTable(encodeTable(table));
  expect([read.moving, read.pinned]).toEqual([table.moving, table.pinned]);
  expect([...read.owners].sort()).toEqual([...table.owners].sort());
});
