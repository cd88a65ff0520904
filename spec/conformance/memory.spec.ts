import { randomUUID } from 'node:crypto';
import { memory } from '../../lib/memory/index.js';
import { describeBackend } from './backend.js';
import { everything, type World } from './world.js';

const oneProcess = { absent: 'its participants share one process: nobody is lost without all the others' };
const capabilities = { ...everything, crash: oneProcess, cut: oneProcess, expire: oneProcess } as const;

describeBackend('a memory backend', async () => world(randomUUID()), capabilities);

function world(space: string): World {
  return { patienceMs: 1_000, backend: async () => memory({ space }), async [Symbol.asyncDispose]() {} };
}
