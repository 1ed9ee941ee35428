import { describe, expect, it } from 'vitest';
import type { LineSummary } from '../creator/summary.js';
import { digestOf } from '../support/digest.js';
import { planRows, planWarnings } from './image-rows.js';

function planOf(line: Partial<LineSummary>) {
  const whole = { version: '8.4.12', suite: 'trixie', tags: ['8.4.12'], packages: { a: '1', b: '2' }, skipped: [] };
  return { digest: digestOf('plan'), lines: { '8.4': { ...whole, ...line } } };
}

describe('the row of a line', () => {
  it.each<[string, Partial<LineSummary>, string]>([
    ['no dev variant', {}, '(2 packages)'],
    ['a dev variant', { dev: { packages: 130 } }, '(2 packages; dev 130)'],
    ['a dev variant that fails', { dev: { error: 'no such package' } }, '(2 packages; no dev)'],
    [
      'skipped packages too',
      { dev: { packages: 130 }, skipped: ['php-lua-auto'] },
      '(2 packages; dev 130; skipped: php-lua-auto)',
    ],
  ])('tells of %s', (_, line, end) => {
    const rows = planRows('php', planOf(line), undefined);
    expect(rows).toEqual([{ kind: 'info', message: `php 8.4: 8.4.12 → tags 8.4.12 ${end}` }]);
  });
});

describe('the warnings of a plan', () => {
  it('tell why a line has no dev variant, behind its own', () => {
    const plan = planOf({ warnings: ['one is behind'], dev: { error: 'no such package' } });
    expect(planWarnings('php', plan)).toEqual([
      'php 8.4: one is behind',
      'php 8.4: its dev variant cannot be built: no such package',
    ]);
    expect(planWarnings('php', planOf({ dev: { packages: 3 } }))).toEqual([]);
  });
});
