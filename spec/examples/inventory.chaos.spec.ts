import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Stock } from '../../docker/examples/inventory/stock.js';
import { type Actor, Stage } from './stage.js';

const OPENING = 30;

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open({ THINK_MS: '25' });
});
afterEach(() => stage[Symbol.asyncDispose]());

it('never sells below zero, and every sale is in the stock, through a shop killed and one paused past its lock', async () => {
  const warehouse = stage.enter('inventory/warehouse', '0', `${OPENING}`);
  const { url } = await stage.until(() => warehouse.told<{ url: string }>('open')[0]);
  for (const id of ['a', 'b', 'c']) stage.enter('inventory/shop', id, url);
  await sold(3);
  await (await thinking()).kill();
  await sold(3);
  // A late write is refused by the record: nothing else would have stopped it.
  while (!(await refusedAfterPause(await thinking())));
  stage.enter('inventory/shop', 'd', url);
  await stage.until(() => stage.told('sold out').length === 3, 20_000);

  warehouse.signal('SIGTERM');
  const stock = await stage.until(() => warehouse.told<Stock>('closed')[0]);
  expect(stock.left).toBe(0);
  expect(Object.values(stock.sold).reduce((sum, n) => sum + n, 0)).toBe(OPENING);
  for (const shop of stage.actors.slice(1)) {
    const [told, begun, kept] = [shop.told('sold').length, shop.told('selling').length, stock.sold[shop.id] ?? 0];
    expect(kept).toBeGreaterThanOrEqual(told);
    // Whoever was killed, or heard no answer, may have sold what it could not tell.
    expect(kept - told).toBeLessThanOrEqual(shop.told('in doubt').length + (begun > told ? 1 : 0));
  }
}, 30_000);

async function sold(more: number): Promise<void> {
  const before = stage.told('sold').length;
  await stage.until(() => stage.told('sold').length >= before + more, 15_000);
}

/** Waits for a shop that has read, and thinks before it writes. */
async function thinking(): Promise<Actor> {
  const said = stage.told('selling').length;
  await stage.until(() => stage.told('selling').length > said);
  const { id } = stage.told<{ id: string }>('selling').at(-1)!;
  return stage.actors.find((actor) => actor.id === id)!;
}

/** Pauses a shop until others have sold; says whether it was stopped before it wrote, and so wrote too late. */
async function refusedAfterPause(shop: Actor): Promise<boolean> {
  const said = shop.lines.length;
  shop.signal('SIGSTOP');
  await sold(1);
  shop.signal('SIGCONT');
  await stage.until(() => shop.lines.length > said);
  return shop.told('refused').length > 0;
}
