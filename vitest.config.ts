import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', '**/dist/**']

// Three kinds of test: alone, on one shared stack (each file with its own tenant), and with a stack to break.
export default defineConfig({
  test: {
    reporters: ['default'],
    // Much of a test's time is waiting: as many workers as cores would be idle.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        test: {
          name: 'alone',
          include: [
            'packages/**/*.test.ts',
            'apps/{relay,analytics}/**/*.test.ts',
            'infra/{faults,local,rules,threats}/**/*.test.ts',
          ],
          exclude,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['apps/api/**/*.test.ts', 'infra/e2e/*.test.ts'],
          exclude,
          globalSetup: ['infra/e2e/shared-stack.ts'],
          // Browsers, processes and a whole stack on few cores: what fails once is tried again, and shown as retried.
          retry: 1,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['infra/e2e/chaos/**/*.test.ts'],
          exclude,
          fileParallelism: false,
          retry: 1,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
