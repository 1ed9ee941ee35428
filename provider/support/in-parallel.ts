/**
 * What `work` gives for each of `items`, in their order; at most `most` are in work at a time. After a failure nothing more is begun, and
 * what has begun comes to rest before the first failure is thrown: who is told of an end finds nothing that still reads or writes.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  most = Infinity,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  // The workers share it: each takes the next item when it is done with one.
  const waiting = items.entries();
  async function worker(): Promise<void> {
    for (const [position, item] of waiting) {
      try {
        results[position] = await work(item);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  }
  await Promise.all(Array.from({ length: Math.min(items.length, most) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
