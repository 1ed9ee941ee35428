/**
 * What every text that `pattern` matches begins with, as `php` of `^php\d+-cli$`; empty when that cannot be told. A list can be
 * narrowed by it before the pattern is tried.
 */
export function literalPrefix(pattern: RegExp): string {
  if (/[imy]/.test(pattern.flags) || pattern.source.includes('|')) return '';
  const literal = /^\^([a-z0-9-]+)(.?)/u.exec(pattern.source);
  const [, letters = '', next = ''] = literal ?? [];
  // A quantifier is about the last letter alone.
  return '?*+{'.includes(next) && next !== '' ? letters.slice(0, -1) : letters;
}
