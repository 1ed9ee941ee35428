import coerce from 'semver/functions/coerce.js';
import compare from 'semver/functions/compare.js';
import type { Variant } from './variant.js';

/**
 * The order of two upstream versions or lines, as `8.4` and `8.10.1`: by the numbers that `semver` finds in them, then as text, so
 * that it is total. Negative, zero or positive.
 */
export function compareVersions(left: string, right: string): number {
  const byNumbers = compare(coerce(left) ?? '0.0.0', coerce(right) ?? '0.0.0');
  if (byNumbers !== 0) return byNumbers;
  return left.localeCompare(right, 'en', { numeric: true });
}

/**
 * The tags that a build of `version` may carry, most exact first: `8.4.12`, `8.4`, `8`, `latest`. A version without dots has
 * itself and `latest`.
 */
export function tagsOfVersion(version: string): readonly string[] {
  const exact = toTag(version);
  const parts = exact.split('.');
  const prefixes = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
  return [...new Set([...prefixes, 'latest'])];
}

/** Every tag of a dev variant, timestamp tags too, ends in it; no tag of a production variant does. */
const devSuffix = '-dev';

/** `tag` as a variant carries it: `8.4` or `8.4-dev`. */
export function variantTag(tag: string, variant: Variant): string {
  return variant === 'dev' ? `${tag}${devSuffix}` : tag;
}

/** The tag that names this variant of `version` alone: `8.4.12`, `8.4.12-dev`. */
export function exactTag(version: string, variant: Variant): string {
  return variantTag(toTag(version), variant);
}

/**
 * Which tags each version gets when all of `versions` are built of one variant: a floating tag belongs to the most advanced version
 * that may carry it (SPECIFICATION, tags and versions). Every version keeps its own exact tag. Most exact first.
 */
export function assignTags(
  versions: readonly string[],
  variant: Variant = 'production',
): ReadonlyMap<string, readonly string[]> {
  const owner = new Map<string, string>();
  for (const version of [...versions].sort(compareVersions)) {
    for (const tag of tagsOfVersion(version)) owner.set(tag, version);
  }
  return new Map(
    versions.map((version) => [
      version,
      tagsOfVersion(version)
        .filter((tag) => owner.get(tag) === version)
        .map((tag) => variantTag(tag, variant)),
    ]),
  );
}

/** The tag that stays with one digest for ever: `8.4.12-20261121043800`, of a dev variant `8.4.12-20261121043800-dev`, in UTC. */
export function timestampTag(version: string, published: Date, variant: Variant = 'production'): string {
  const digits = published.toISOString().replaceAll(/\D/gu, '').slice(0, 14);
  return variantTag(`${toTag(version)}-${digits}`, variant);
}

/** True for a timestamp tag of this variant of `version`. */
export function isTimestampTag(tag: string, version: string, variant: Variant = 'production'): boolean {
  const exact = `${toTag(version)}-`;
  const end = variantTag('', variant);
  return (
    tag.startsWith(exact) && tag.endsWith(end) && /^\d{14}$/u.test(tag.slice(exact.length, tag.length - end.length))
  );
}

/** True for what can be the timestamp tag of some version. */
export function hasTimestamp(tag: string): boolean {
  return /-\d{14}(?:-dev)?$/u.test(tag);
}

/**
 * `version` with what a tag cannot hold replaced (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests),
 * and the ending that says dev variant: `1.2-dev` is `1.2.dev`.
 */
function toTag(version: string): string {
  return version
    .replaceAll(/[^\w.-]/gu, '-')
    .replace(/^[.-]+/u, '')
    .slice(0, 100)
    .replaceAll(/-(?=dev(?!\w))/gu, '.');
}
