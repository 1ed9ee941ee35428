/** An order of tags on one digest: the longest tag says most; `latest` and `latest-dev` say least. */
export function byExactness(left: string, right: string): number {
  const isLatest = (tag: string): boolean => /^latest(?:-|$)/u.test(tag);
  if (isLatest(left) !== isLatest(right)) return isLatest(left) ? 1 : -1;
  return right.length - left.length || (left < right ? -1 : 1);
}
