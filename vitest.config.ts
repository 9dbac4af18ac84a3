import { defineConfig } from 'vitest/config';

const SECOND = 1_000;

/** Node's own resolution (package exports, symlinked workspaces) is what production uses, so tests use it too. */
export default defineConfig({
  test: {
    // Two cores run the whole suite in CI; more workers than cores only make the timings noisier.
    maxWorkers: 2,
    testTimeout: 30 * SECOND,
    hookTimeout: 60 * SECOND,
    teardownTimeout: 10 * SECOND,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{libs,apps}/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/*.contract.test.ts'],
        },
      },
      // One suite a port, run over each of its adapters: PostgreSQL and PGlite, NATS and in-process.
      { extends: true, test: { name: 'contract', include: ['{libs,apps}/*/src/**/*.contract.test.ts'] } },
      { extends: true, test: { name: 'fuzz', include: ['tests/fuzz/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], testTimeout: 120 * SECOND },
      },
      {
        extends: true,
        test: {
          name: 'interop',
          include: ['tests/interop/**/*.test.ts'],
          testTimeout: 120 * SECOND,
          // Stock clients mostly wait, for their own timers: two cores are 40 % busy with four files at a time.
          maxWorkers: 4,
          // Vitest runs projects with other numbers of workers one after the other.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
