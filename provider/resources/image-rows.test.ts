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

describe('the size of a line', () => {
  const former = (line: Partial<LineSummary>) => planOf({ installedSize: 61_200_000, ...line });

  it.each<[string, object, string[]]>([
    ['nothing where it stays', planOf({ installedSize: 63_000_000 }), []],
    [
      'its change before the packages',
      former({ packages: { a: '1' } }),
      ['installed size 61.2 MB → 63.0 MB (+1.8 MB)', '+ b 2'],
    ],
    ['nothing where a former version did not keep it', planOf({}), []],
  ])('tells %s', (_, before, details) => {
    const [row] = planRows('php', planOf({ installedSize: 63_000_000 }), before);
    expect(row?.message.split('\n')).toEqual([
      'php 8.4: 8.4.12 → tags 8.4.12 (2 packages, 63.0 MB installed)',
      ...details.map((detail) => `  ${detail}`),
    ]);
  });

  it('stands beside the digest, where that is known', () => {
    const digest = digestOf('image');
    const [row] = planRows('php', planOf({}), undefined, { '8.4': digest });
    expect(row?.message).toContain(`\n  digest ${digest}, as it was built before`);
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
