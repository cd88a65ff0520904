import { EMPTY } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { silent } from '../../lib/options.js';
import type { Network } from '../../lib/peers/network.js';
import { raftMachine } from '../../lib/peers/raft/machine.js';
import { resolveOptions } from '../../lib/peers/raft/options.js';
import { run } from '../../lib/peers/run.js';
import { type NetworkSimulationOptions, simulateNetwork } from '../../lib/sim/network.js';
import { seeded } from '../../lib/sim/random.js';
import { virtualClock } from '../election/support.js';
import { seen } from '../support/until.js';

const nodes = ['a', 'b', 'c'];

function simulation(given: Partial<NetworkSimulationOptions> = {}) {
  const clock = virtualClock();
  return { clock, ...simulateNetwork(nodes, { seed: 1, clock, ...given }) };
}

const heard = (network: Network) => seen(network.received$);

describe('a simulated network', () => {
  it('carries what is sent, after its delay, and nothing to who is not there', () => {
    const { clock, join } = simulation({ minDelayMs: 5, maxDelayMs: 5 });
    const [a, b] = [join('a'), join('b')];
    using inbox = heard(b);
    using reachable = seen(a.reachable$);
    a.send('b', { hello: [1] });
    a.send('c', 'nobody');
    clock.advance(4);
    expect(inbox.values).toEqual([]);
    clock.advance(1);
    expect(inbox.values).toEqual([{ from: 'a', message: { hello: [1] } }]);
    expect([...(reachable.last ?? [])]).toEqual(['b']);
  });

  it('loses, repeats and reorders as its seed has it, the same for the same seed', () => {
    const told = (seed: number) => {
      const { clock, join, trace } = simulation({ seed, loss: 0.3, duplication: 0.3, minDelayMs: 1, maxDelayMs: 50 });
      const [a, b] = [join('a'), join('b')];
      using inbox = heard(b);
      for (let n = 0; n < 100; n++) a.send('b', n);
      clock.advance(100);
      return { numbers: inbox.values.map(({ message }) => message as number), trace };
    };
    const { numbers, trace } = told(7);
    const lost = Array.from({ length: 100 }, (_, n) => n).filter((n) => !numbers.includes(n));
    expect(lost.length).toBeGreaterThan(15);
    expect(numbers.length).toBeGreaterThan(new Set(numbers).size);
    expect(numbers).not.toEqual([...numbers].sort((x, y) => x - y));
    expect(told(7).trace).toEqual(trace);
    expect(told(8).trace).not.toEqual(trace);
  });

  it('stops at a partition until it is healed, and tells who can be reached', () => {
    const { clock, join, partition, heal } = simulation();
    const [a, b] = [join('a'), join('b')];
    using inbox = heard(b);
    using reachable = seen(a.reachable$);
    partition(['a'], ['b', 'c']);
    a.send('b', 'cut');
    clock.advance(10);
    heal();
    a.send('b', 'healed');
    clock.advance(10);
    expect(inbox.values.map(({ message }) => message)).toEqual(['healed']);
    expect(reachable.values.map((set) => [...set].join())).toEqual(['b', '', 'b']);
  });

  it('forgets who has closed, and what it had under way', async () => {
    const { clock, join } = simulation();
    const [a, b] = [join('a'), join('b')];
    using inbox = heard(b);
    a.send('b', 'never');
    await a.close();
    a.send('b', 'neither');
    clock.advance(10);
    expect([inbox.values, clock.pending]).toEqual([[], 0]);
    await b.close();
    expect(inbox.completed).toBe(true);
  });

  it.each([
    ['a share above 1', { loss: 1.5 }],
    ['delays the wrong way round', { minDelayMs: 9, maxDelayMs: 3 }],
  ])('is refused with %s', (_, options) => {
    expect(() => simulation(options)).toThrow(/must be/);
  });
});

describe('Raft in its shell, over a simulated network in virtual time', () => {
  /** Three nodes that want to lead; who believes that it does is asked at every tick of the virtual clock. */
  function group(seed: number) {
    const { clock, join, partition, heal, trace } = simulation({ seed, loss: 0.1, duplication: 0.1, maxDelayMs: 30 });
    const random = seeded(seed);
    const machines = nodes.map((self) => {
      const network = join(self);
      const machine = raftMachine(resolveOptions({ self, voters: nodes, electionTimeoutMs: 500 }));
      const running = run(machine, {
        self,
        clock,
        logger: silent,
        random,
        saved: undefined,
        save: () => EMPTY,
        send: network.send,
      });
      network.received$.subscribe(({ from, message }) => running.receive(from, message));
      running.input({ type: 'stand', standing: { weight: 0, order: nodes.indexOf(self) } });
      return { self, running };
    });
    const leaders = () =>
      machines
        .filter(({ running: { view } }) => view.leading && clock.now() < view.leading.until)
        .map((one) => one.self);
    const overlaps: string[] = [];
    const pass = (ms: number) => {
      for (let n = 0; n < ms / 10; n++) {
        clock.advance(10);
        if (leaders().length > 1) overlaps.push(leaders().join());
      }
      return leaders();
    };
    const stop = () => {
      for (const { running } of machines) running.stop();
    };
    return { partition, heal, pass, overlaps, trace, stop };
  }

  it('elects, elects another when its leader is cut off, and never has two', () => {
    const { partition, heal, pass, overlaps, stop } = group(3);
    const [first] = pass(10_000) as [string];
    expect(nodes).toContain(first);
    partition(
      [first],
      nodes.filter((node) => node !== first),
    );
    const [second] = pass(10_000) as [string];
    expect(nodes.filter((node) => node !== first)).toContain(second);
    heal();
    expect(pass(10_000)).toHaveLength(1);
    expect(overlaps).toEqual([]);
    stop();
  });

  it('runs the same for the same seed', () => {
    const [one, other] = [group(5), group(5)];
    for (const { pass, stop } of [one, other]) {
      pass(3_000);
      stop();
    }
    expect(one.trace.length).toBeGreaterThan(50);
    expect(other.trace).toEqual(one.trace);
  });
});
