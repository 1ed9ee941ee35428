import { type Digest, hexOf } from '../support/digest.js';

/** The tag under which older tools look for signatures (`sig`) or attestations (`att`) of a digest. */
export function cosignTag(subject: Digest, suffix: 'sig' | 'att'): string {
  return `sha256-${hexOf(subject)}.${suffix}`;
}

/** True for a tag that holds signatures or attestations and is no version of an image. */
export function isCosignTag(tag: string): boolean {
  return /^sha256-[0-9a-f]{64}(\.(sig|att|sbom))?$/.test(tag);
}
