import { afterEach } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import { memory } from '../../lib/memory/index.js';
import { ran, start } from './support.js';

let spaces = 0;
const opened: Backend[] = [];
afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())));

/** A store of its own, a way in for candidates, and the CLI connected to it. */
export function world() {
  const space = `cli-${++spaces}`;
  const backend = memory({ space });
  opened.push(backend);
  const stand = (id: string, data?: unknown, election = 'orders') => backend.election(election).campaign({ id, data });
  const succession = (...argv: string[]) => ran([...argv, '--connect', `memory:${space}`]);
  const started = (...argv: string[]) => start([...argv, '--connect', `memory:${space}`]);
  return { backend, stand, succession, started, url: `memory:${space}` };
}
