/** What happens in each transcript. */
import { Stage } from './stage.js';
import type { Name } from './world.js';

const nodes = ['a', 'b', 'c', 'd', 'e'];
/** From the start, when nobody promises anything, until somebody has led for a while. */
const begun = (name: Name) => new Stage(name, { nodes }).run(3_000);

export const scenarios: Readonly<Record<string, () => Stage>> = {
  'bully-election': () => begun('bully'),
  'bully-coordinator-crash': () => begun('bully').forget().crash('a').run(3_000),
  'bully-returning-node': () =>
    begun('bully').crash('a').run(3_000).forget().start('a').run(4_000).crash('b').run(3_000),
  'bully-preemption': () =>
    new Stage('bully', { nodes, weights: { c: 1 } }).run(3_000).crash('c').run(3_000).forget().start('c').run(3_000),
  'bully-majority-partition': () => begun('bully').forget().split(['a', 'b']).run(5_000).heal().run(3_000),
  'bully-none-partition': () =>
    new Stage('bully', { nodes, quorum: 'none' }).run(3_000).forget().split(['a', 'b']).run(5_000).heal().run(2_000),
  'ring-election': () => begun('ring'),
  'ring-coordinator-crash': () => begun('ring').forget().crash('a').run(3_000),
  'ring-dead-neighbour': () =>
    new Stage('ring', { nodes: [...nodes, 'f', 'g'] }).run(3_000).forget().crash('c').crash('d').crash('a').run(3_000),
  'ring-returning-node': () => begun('ring').crash('a').run(3_000).forget().start('a').run(4_000),
  'voting-election': () => begun('voting'),
  'voting-coordinator-crash': () =>
    begun('voting')
      .forget()
      .crash(leader(begun('voting')))
      .run(3_000),
  'voting-split-vote': () => new Stage('voting', { nodes: ['a', 'b', 'c', 'd'], seed: SPLIT }).run(4_000),
  'voting-returning-node': () => begun('voting').crash('a').run(3_000).forget().start('a').run(4_000),
};

/** A seed with which three of four ask at almost the same time, and nobody gets three votes. */
const SPLIT = 347;
const leader = (stage: Stage) => stage.leaders[0]!;
