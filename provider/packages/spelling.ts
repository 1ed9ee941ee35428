import { editDistance } from '../support/edit-distance.js';

/**
 * The names of `names` that are spelt most like `name`, best first, at most `count`. A different separator costs less than
 * a different letter, so `php-8.4-curl` finds `php8.4-curl`.
 */
export function nearestNames(name: string, names: Iterable<string>, count = 3): readonly string[] {
  const limit = Math.max(1, Math.min(3, Math.floor(name.length / 3)));
  const plain = withoutSeparators(name);
  const found: { readonly name: string; readonly distance: number }[] = [];
  for (const one of names) {
    if (one === name || Math.abs(one.length - name.length) > limit + 2) continue;
    const distance = withoutSeparators(one) === plain ? 0.5 : editDistance(name, one, limit);
    if (distance <= limit) found.push({ name: one, distance });
  }
  found.sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1));
  return found.slice(0, count).map((one) => one.name);
}

function withoutSeparators(name: string): string {
  return name.replaceAll(/[-_.]/g, '').toLowerCase();
}
