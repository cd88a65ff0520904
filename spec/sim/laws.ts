import type { Law } from '../../lib/sim/judge.js';

export const laws: readonly Law[] = [
  'one leader at a time',
  'one leader for each token',
  'tokens rise',
  'what has lapsed has ended',
  'terms never go back',
  'somebody leads',
  'everybody knows who leads',
  'time goes on',
];
