import { defineConfig } from 'vitest/config';

/** What talks to ZooKeeper over sockets, and holds for the embedded server as for a real one. */
const either = ['spec/zookeeper/{guard,bugs}/*.real.spec.ts'];

/** An ensemble and five processes, judged by the second: each file has the machine for itself. */
const alone = ['spec/chaos/*.real.spec.ts'];

/** Needs the compiled programs: `npm run programs`; the examples, which use the package as users do, `npm run build` too. */
const programs = ['spec/demo/start.spec.ts', 'spec/examples/*.chaos.spec.ts'];

/**
 * Four projects, one after the other. `unit`: `*.spec.ts`, needs nothing but Node. `embedded`: specs of the real servers
 * once more, against the embedded one. `real` and `chaos`: `*.real.spec.ts`, need ZooKeeper, which the global setup
 * finds, starts or installs. Nothing is ever retried: a flaky spec is a bug.
 */
export default defineConfig({
  // Node 20 knows Symbol.asyncDispose but not the `using` declaration.
  oxc: { target: 'es2022' },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    retry: 0,
    setupFiles: ['spec/support/setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['spec/**/*.spec.ts'],
          exclude: ['spec/**/*.real.spec.ts', ...programs],
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'embedded',
          include: [...either, ...programs],
          globalSetup: ['spec/support/provision-embedded.ts'],
          provide: { servers: 'embedded' },
          // They wait more than they work, each on a server of its own.
          maxWorkers: 6,
          isolate: false,
          testTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['spec/**/*.real.spec.ts'],
          exclude: alone,
          globalSetup: ['spec/support/provision.ts'],
          provide: { servers: 'real' },
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: alone,
          globalSetup: ['spec/support/provision.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
