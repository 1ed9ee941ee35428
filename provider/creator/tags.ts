import semver from 'semver';

/**
 * The order of two upstream versions or lines, as `8.4` and `8.10.1`: by the numbers that `semver` finds in them, then as text, so
 * that it is total. Negative, zero or positive.
 */
export function compareVersions(left: string, right: string): number {
  const byNumbers = semver.compare(semver.coerce(left) ?? '0.0.0', semver.coerce(right) ?? '0.0.0');
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

/**
 * Which tags each version gets when all of `versions` are built: a floating tag belongs to the most advanced version that
 * may carry it (SPECIFICATION, tags and versions). Every version keeps its own exact tag. Most exact first.
 */
export function assignTags(versions: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const owner = new Map<string, string>();
  for (const version of [...versions].sort(compareVersions)) {
    for (const tag of tagsOfVersion(version)) owner.set(tag, version);
  }
  return new Map(
    versions.map((version) => [version, tagsOfVersion(version).filter((tag) => owner.get(tag) === version)]),
  );
}

/** The tag that stays with one digest for ever: `8.4.12-20261121043800`, in UTC. */
export function timestampTag(version: string, published: Date): string {
  const digits = published.toISOString().replaceAll(/\D/gu, '').slice(0, 14);
  return `${toTag(version)}-${digits}`;
}

/** True for a timestamp tag of `version`. */
export function isTimestampTag(tag: string, version: string): boolean {
  const exact = toTag(version);
  return tag.startsWith(`${exact}-`) && /^\d{14}$/u.test(tag.slice(exact.length + 1));
}

/** `version` with what a tag cannot hold replaced: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
function toTag(version: string): string {
  return version
    .replaceAll(/[^\w.-]/gu, '-')
    .replace(/^[.-]+/u, '')
    .slice(0, 100);
}
