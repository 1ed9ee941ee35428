import type { SizedDigest } from '../support/digest.js';

/** Blobs in the order in which they are best sent several at a time: a large one that is begun last would be waited for alone. */
export function largestFirst<Blob extends SizedDigest>(blobs: readonly Blob[]): readonly Blob[] {
  return blobs.toSorted((left, right) => right.size - left.size);
}
