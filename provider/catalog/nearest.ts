import { editDistance } from '../support/edit-distance.js';

/**
 * The `candidates` that look most like `word`, best first, at most `limit`: those that it is a part of, and those with at
 * most a third of its letters different.
 */
export function nearestNames(word: string, candidates: readonly string[], limit = 3): readonly string[] {
  const wanted = word.toLowerCase();
  const tolerance = Math.max(1, Math.ceil(wanted.length / 3));
  return candidates
    .map((name) => ({ name, distance: likeness(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= tolerance)
    .sort((left, right) => left.distance - right.distance || compareText(left.name, right.name))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** Containing the word counts as nearly the same: `nodejs` is meant by `node`. */
function likeness(word: string, name: string): number {
  const contained = word.length > 1 && name.length > 1 && (name.includes(word) || word.includes(name));
  return contained ? Math.min(1, editDistance(word, name)) : editDistance(word, name);
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
