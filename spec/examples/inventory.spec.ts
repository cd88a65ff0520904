import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answer, openingStock, type Stock, sale } from '../../docker/examples/inventory/stock.js';

/** A shop that has the lock for a moment: it reads at once, and writes whenever its write arrives, if ever. */
interface Visit {
  readonly shop: string;
  readonly lateBy: number;
}

const visits = fc.array(fc.record({ shop: fc.constantFrom('a', 'b', 'c'), lateBy: fc.nat({ max: 5 }) }), {
  maxLength: 40,
});

it('loses no sale and sells nothing twice, however late the writes of past holders arrive', () => {
  fc.assert(
    fc.property(visits, fc.nat({ max: 20 }), (crowd, opening) => {
      const { stock, accepted } = play(crowd, opening);
      const sold = Object.values(stock.sold).reduce((sum, n) => sum + n, 0);
      expect(stock.left).toBe(opening - sold);
      expect(stock.left).toBeGreaterThanOrEqual(0);
      expect(sold).toBe(accepted);
    }),
  );
});

/** Visits follow each other, with rising tokens; a write arrives after `lateBy` more readings. */
function play(crowd: readonly Visit[], opening: number): { stock: Stock; accepted: number } {
  let stock = openingStock(opening);
  let accepted = 0;
  const coming: { at: number; write: () => void }[] = [];
  const deliver = (until: number) => {
    for (const { write } of coming.filter(({ at }) => at === until)) write();
  };
  for (const [turn, { shop, lateBy }] of crowd.entries()) {
    deliver(turn);
    const token = `${turn + 1}`;
    const read = answer(stock, { kind: 'read', token });
    stock = read.stock;
    const next = sale(read.stock, shop);
    if (next) coming.push({ at: turn + lateBy, write: () => write(token, next) });
    deliver(turn);
    coming.splice(0, coming.length, ...coming.filter(({ at }) => at > turn));
  }
  return { stock, accepted };

  function write(token: string, next: Pick<Stock, 'left' | 'sold'>): void {
    const written = answer(stock, { kind: 'write', token, ...next });
    stock = written.stock;
    if (written.accepted) accepted++;
  }
}
