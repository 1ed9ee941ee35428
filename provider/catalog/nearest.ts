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

/**
 * The number of letters to insert, delete, change or swap with their neighbour to make `left` into `right` (optimal
 * string alignment).
 */
export function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let best = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) best = Math.min(best, at(beforePrevious, column - 2) + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, right.length);
}

/** Containing the word counts as nearly the same: `nodejs` is meant by `node`. */
function likeness(word: string, name: string): number {
  const contained = word.length > 1 && name.length > 1 && (name.includes(word) || word.includes(name));
  return contained ? Math.min(1, editDistance(word, name)) : editDistance(word, name);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
