import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { summaryReporter } from './setup/summary-reporter.js';

const root = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig({
  root,
  cacheDir: `${root}node_modules/.vite`,
  test: {
    // One worker a processor: the runner's own choice leaves one processor out, which of two is half.
    maxWorkers: availableParallelism(),
    reporters: ['default', summaryReporter(process.env['PRIVATE_IMAGE_TEST_SUMMARY'])],
    coverage: {
      provider: 'v8',
      include: ['provider/**/*.ts', 'sdk/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      reporter: ['text-summary'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'provider/**/*.test.ts',
            'sdk/**/*.test.ts',
            'tests/setup/**/*.test.ts',
            'tests/bad-inputs/**/*.test.ts',
            'tests/parity/**/*.test.ts',
            'tests/{plugin,docs}/**/*.test.ts',
          ],
          testTimeout: 15_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/{e2e,live,golden}/**/*.test.ts'],
          testTimeout: 10 * 60_000,
          hookTimeout: 10 * 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
