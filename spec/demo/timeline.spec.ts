import { expect, it } from 'vitest';
import { timeline } from './timeline.js';

it('the timeline shows who led when, and the time in which nobody did', () => {
  const beliefs = [
    { id: 'ada', from: 100, until: 299 },
    { id: 'ben', from: 400, until: 500 },
    { id: 'ada', from: 501, until: Number.POSITIVE_INFINITY },
  ];
  expect(timeline(beliefs, ['ada', 'ben', 'cleo'], 1_100, 10)).toEqual([
    'ada    ██··██████',
    'ben    ···█······',
    'cleo   ··········',
    '       0 s  1.0 s',
  ]);
});

it('the timeline would show two at once', () => {
  const beliefs = [
    { id: 'a', from: 0, until: 6 },
    { id: 'b', from: 4, until: 10 },
  ];
  expect(timeline(beliefs, ['a', 'b'], 10, 5).slice(0, 2)).toEqual(['a   ███··', 'b   ··███']);
});
