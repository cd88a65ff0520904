import { randomUUID } from 'node:crypto';
import { it } from 'vitest';
import type { Backend, Participant } from '../../lib/election/election.js';
import { createLock, type Lock } from '../../lib/lock/index.js';
import { type Clock, systemClock } from '../../lib/options.js';
import type { World } from '../conformance/world.js';
import { type Seen, seen } from '../support/until.js';

/** One spec's world: several processes' handles on one lock. */
export class Processes {
  readonly lockName = `locks/${randomUUID()}`;
  /** In the order in which they were made. */
  readonly backends: Backend[] = [];

  constructor(readonly world: World) {}

  get patienceMs(): number {
    return this.world.patienceMs;
  }

  get clock(): Clock {
    return this.world.clock ?? systemClock;
  }

  async backend(): Promise<Backend> {
    const backend = await this.world.backend();
    this.backends.push(backend);
    return backend;
  }

  /** Each on a backend of its own. */
  locks(
    count: number,
    make = (backend: Backend): Lock => createLock(backend, this.lockName, { clock: this.clock }),
  ): Promise<Lock[]> {
    return Promise.all(Array.from({ length: count }, async () => make(await this.backend())));
  }

  async line(part = ''): Promise<Seen<readonly Participant[]>> {
    return seen((await this.backend()).election(`${this.lockName}${part}`).participants$);
  }

  /** Waits until so many stand in line there. */
  async waitsAt(part: string, count: number): Promise<void> {
    using standing = await this.line(part);
    await standing.next((all) => all.length === count, this.patienceMs);
  }

  async end(): Promise<void> {
    await Promise.all(this.backends.map((backend) => backend.close()));
    await this.world[Symbol.asyncDispose]();
  }
}

/** Registers a spec in a world of its own. */
export type Act = (title: string, play: (at: Processes) => Promise<void>) => void;

export function acts(makeWorld: () => Promise<World>): Act {
  return (title, play) =>
    it(title, async ({ onTestFinished }) => {
      const at = new Processes(await makeWorld());
      onTestFinished(() => at.end());
      await play(at);
    });
}
