import { defineConfig } from 'vitest/config';

/**
 * Two projects, told apart by suffix: `*.spec.ts` needs nothing but Node, `*.real.spec.ts` needs ZooKeeper, which the
 * global setup finds, starts or installs. The unit tests run first; nothing is ever retried: a flaky spec is a bug.
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
          exclude: ['spec/**/*.real.spec.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['spec/**/*.real.spec.ts'],
          globalSetup: ['spec/support/provision.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
