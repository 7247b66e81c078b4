import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', '**/dist/**']

// What a slow machine may take. Whoever waits for a condition goes on as soon as it holds.
const patience = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 10_000, interval: 25 } },
}

/** Sockets, browsers, processes and a whole stack on few cores: what fails once is tried again, and shown as retried. */
const secondTry = { retry: 1 }

const sharingWorkers = { isolate: false, setupFiles: ['infra/e2e/fresh-start.ts'] }

// They fill the memory of their process, or load native code into it.
const needTheirOwnProcess = [
  'infra/{rules,threats}/**/*.test.ts',
  'packages/sdk/src/realtime/peers/**/*.test.ts',
]

/**
 * Four kinds of test: alone, apart in a process of its own, on one shared stack (each file with its own tenant), and
 * with a stack to break. Files of a kind share workers, so that what they import is loaded once and not 300 times:
 * a test gives back what it takes of its process.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    // Much of a test's time is waiting: as many workers as cores would be idle.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...patience,
          name: 'alone',
          include: [
            'packages/**/*.test.ts',
            'apps/{relay,analytics}/**/*.test.ts',
            'infra/{faults,local}/**/*.test.ts',
          ],
          exclude: [...exclude, ...needTheirOwnProcess],
          ...sharingWorkers,
          ...secondTry,
        },
      },
      { test: { ...patience, ...secondTry, name: 'apart', include: needTheirOwnProcess, exclude } },
      {
        test: {
          ...patience,
          name: 'stack',
          include: ['apps/api/**/*.test.ts', 'infra/e2e/*.test.ts'],
          exclude,
          ...sharingWorkers,
          globalSetup: ['infra/e2e/shared-stack.ts'],
          ...secondTry,
        },
      },
      {
        test: {
          ...patience,
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
