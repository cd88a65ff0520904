import { of, Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { createSlots } from '../../lib/coordinator/slots.js';
import { seen } from '../support/until.js';

it('thousands that waited, and end as soon as they begin, do not fill the stack', () => {
  const slots = createSlots(1);
  const first = new Subject<never>();
  using held = seen(slots.use(first));
  const ended = Array.from({ length: 20_000 }, () => seen(slots.use(of('done'))));
  expect(ended.filter(({ completed }) => completed)).toEqual([]);
  first.complete();
  expect(held.completed).toBe(true);
  expect(ended.filter(({ completed, error }) => !completed || error !== undefined)).toEqual([]);
});
