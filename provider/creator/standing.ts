import type { Repository } from '../registry/registry.js';
import { isCosignTag } from '../signing/cosign-tag.js';
import type { Digest } from '../support/digest.js';
import { starterLabel } from './annotations.js';
import { byExactness } from './exactness.js';
import { type LineIndex, readIndex } from './read-index.js';
import { compareVersions, exactTag, hasTimestamp, variantTag } from './tags.js';
import type { Variant } from './variant.js';

/** What stands in a repository for one variant of a line: the build that its version tag points to, with every tag on that digest. */
export interface StandingLine {
  readonly index: LineIndex;
  /** Most exact first. */
  readonly tags: readonly string[];
}

/** A repository as its readers see it. */
export interface Standing {
  /** Production variants by line, of the starter that was asked for. */
  readonly lines: ReadonlyMap<string, StandingLine>;
  /** Dev variants by line, of the starter that was asked for. */
  readonly dev: ReadonlyMap<string, StandingLine>;
  /** Every tag, signatures left out. */
  readonly tags: ReadonlyMap<string, Digest>;
  /** What the version and floating tags of the starter's builds point to. */
  readonly indexes: ReadonlyMap<Digest, LineIndex>;
}

/**
 * What stands in `repository` of `starter`. A line's build is what the tag with the line's own name points to; a line whose
 * version has no such prefix, what its newest version tag points to. Dev variants are found by their own tags alone, and each
 * index says itself which variant it is: neither is ever taken for the other. Timestamp tags do not move, unless two writers have taken the
 * same one: with `doubt` they are looked at again.
 */
export async function readStanding(repository: Repository, starter: string, doubt = false): Promise<Standing> {
  const settled = (tag: string): boolean => !doubt && hasTimestamp(tag);
  const pointers = await repository.tags({ only: (tag) => !isCosignTag(tag), settled });
  const indexes = new Map<Digest, LineIndex>();
  const moving = pointers.filter(({ tag }) => !hasTimestamp(tag));
  for (const digest of new Set(moving.map((pointer) => pointer.digest))) {
    const index = await readIndex(repository, digest);
    if (index?.annotations[starterLabel] === starter) indexes.set(digest, index);
  }
  const tags = new Map(pointers.map(({ tag, digest }) => [tag, digest]));
  return { lines: linesOf('production', tags, indexes), dev: linesOf('dev', tags, indexes), tags, indexes };
}

function linesOf(
  variant: Variant,
  tags: ReadonlyMap<string, Digest>,
  indexes: ReadonlyMap<Digest, LineIndex>,
): ReadonlyMap<string, StandingLine> {
  const own = [...indexes.values()].filter((index) => index.variant === variant);
  const lines = new Map<string, StandingLine>();
  for (const line of new Set(own.map((index) => index.line))) {
    const index = indexOfLine(line, variant, tags, own);
    if (index === undefined) continue;
    const onIt = [...tags].filter(([, digest]) => digest === index.digest).map(([tag]) => tag);
    lines.set(line, { index, tags: onIt.sort(byExactness) });
  }
  return lines;
}

function indexOfLine(
  line: string,
  variant: Variant,
  tags: ReadonlyMap<string, Digest>,
  indexes: readonly LineIndex[],
): LineIndex | undefined {
  const ofLine = indexes.filter((index) => index.line === line);
  const tagged = ofLine.find(({ digest }) => digest === tags.get(variantTag(line, variant)));
  if (tagged !== undefined) return tagged;
  const builds = ofLine.filter(({ version, digest }) => tags.get(exactTag(version, variant)) === digest);
  return builds.sort((left, right) => compareVersions(left.version, right.version)).at(-1);
}
