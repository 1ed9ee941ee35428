/** Prints how a test run went as its very last line, after the coverage: `N passed, N failed, N skipped`. */
import { writeFileSync, writeSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** How a run ended. `failed` counts failed tests, and what failed outside of any test: a file, a hook, a stray rejection. */
export interface RunSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly Skip[];
}

/** A test that did not run, and what it says it needs. */
export interface Skip {
  readonly name: string;
  readonly reason: string;
}

/**
 * A vitest reporter that gives the summary of a run: to `file` if there is one, for a caller that prints it when everything
 * else has ended, else to standard output at the end of the process.
 */
export function summaryReporter(file: string | undefined): Reporter {
  return {
    onTestRunEnd(modules, strayErrors) {
      const text = summaryText(summarise(modules, strayErrors.length));
      if (file !== undefined) {
        writeFileSync(file, text);
        return;
      }
      process.once('exit', () => writeSync(1, text));
    },
  };
}

/** The counts and the skips of a run. */
export function summarise(modules: readonly TestModule[], strayErrors: number): RunSummary {
  let passed = 0;
  let failed = strayErrors;
  const skips: Skip[] = [];
  for (const module of modules) {
    if (module.errors().length > 0) failed += 1;
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) failed += 1;
    }
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') passed += 1;
      else if (result.state === 'failed') failed += 1;
      else {
        const reason = result.state === 'skipped' ? result.note : 'it was not reached';
        skips.push({
          name: `${module.relativeModuleId} > ${test.fullName}`,
          reason: reason ?? needsInName(test.fullName) ?? 'no reason given',
        });
      }
    }
  }
  return { passed, failed, skips };
}

/** One line for each skipped test, then the line that counts. Plain text, with a final newline. */
export function summaryText(summary: RunSummary): string {
  const skips = summary.skips.map((skip) => `skipped: ${skip.name}: ${skip.reason}\n`);
  return `\n${skips.join('')}${summary.passed} passed, ${summary.failed} failed, ${summary.skips.length} skipped\n`;
}

/** What a suite that is skipped as a whole says in its title: `(needs podman: …)`. */
function needsInName(name: string): string | undefined {
  return /\((needs [^)]*)\)/u.exec(name)?.[1];
}
