import { describe, expect, it } from 'vitest';
import type { TestModule } from 'vitest/node';
import { type RunSummary, type Skip, summarise, summaryText } from './summary-reporter.js';

type State = { state: 'passed' | 'failed' | 'pending' } | { state: 'skipped'; note?: string; name?: string };

/** As much of a module as the summary looks at. */
function moduleOf(tests: State[], errors: { file?: number; suites?: number[] } = {}): TestModule {
  const module = {
    relativeModuleId: 'a.test.ts',
    errors: () => Array.from({ length: errors.file ?? 0 }),
    children: {
      allSuites: () => (errors.suites ?? []).map((length) => ({ errors: () => Array.from({ length }) })),
      allTests: () =>
        tests.map((result, index) => ({
          fullName: ('name' in result ? result.name : undefined) ?? `test ${index}`,
          result: () => result,
        })),
    },
  };
  return module as unknown as TestModule;
}

describe('summarise', () => {
  it.each<[string, TestModule[], number, RunSummary]>([
    ['nothing', [], 0, { passed: 0, failed: 0, skips: [] }],
    ['tests', [moduleOf([{ state: 'passed' }, { state: 'failed' }])], 0, { passed: 1, failed: 1, skips: [] }],
    ['a file that cannot be read', [moduleOf([], { file: 2 })], 0, { passed: 0, failed: 1, skips: [] }],
    ['a suite whose hook throws', [moduleOf([], { suites: [1, 0] })], 0, { passed: 0, failed: 1, skips: [] }],
    ['stray rejections', [moduleOf([{ state: 'passed' }])], 2, { passed: 1, failed: 2, skips: [] }],
  ])('counts %s', (_, modules, strayErrors, expected) => {
    expect(summarise(modules, strayErrors)).toEqual(expected);
  });

  it('gives the reason of a skip', () => {
    const { skips } = summarise([moduleOf([{ state: 'skipped', note: 'needs podman' }, { state: 'pending' }])], 0);
    expect(skips).toEqual<Skip[]>([
      { name: 'a.test.ts > test 0', reason: 'needs podman' },
      { name: 'a.test.ts > test 1', reason: 'it was not reached' },
    ]);
  });
});

it('takes the reason of a suite that is skipped as a whole from its title', () => {
  const name = 'in containers (needs podman: not on the PATH) > runs';
  const { skips } = summarise([moduleOf([{ state: 'skipped', name }, { state: 'skipped' }])], 0);
  expect(skips.map(({ reason }) => reason)).toEqual(['needs podman: not on the PATH', 'no reason given']);
});

describe('summaryText', () => {
  it('ends with the line that counts', () => {
    const skips = [{ name: 'a > b', reason: 'needs umoci' }];
    const lines = summaryText({ passed: 3, failed: 1, skips }).split('\n');
    expect(lines.slice(-3)).toEqual(['skipped: a > b: needs umoci', '3 passed, 1 failed, 1 skipped', '']);
  });
});
