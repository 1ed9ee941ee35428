import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { starterLabel } from './annotations.js';
import { type LineIndex, readIndex } from './read-index.js';
import { compareVersions } from './tags.js';

/** What stands in a repository for one line: the build that its version tag points to, with every tag on that digest. */
export interface StandingLine {
  readonly index: LineIndex;
  /** Most exact first. */
  readonly tags: readonly string[];
}

/** A repository as its readers see it. */
export interface Standing {
  /** By line, of the starter that was asked for. */
  readonly lines: ReadonlyMap<string, StandingLine>;
  /** Every tag. */
  readonly tags: ReadonlyMap<string, Digest>;
}

/**
 * What stands in `repository` of `starter`. A line's build is what the tag with the line's own name points to; a line whose
 * version has no such prefix, what its newest version tag points to.
 */
export async function readStanding(repository: Repository, starter: string): Promise<Standing> {
  const pointers = await repository.tags();
  const indexes = new Map<Digest, LineIndex>();
  for (const digest of new Set(pointers.map((pointer) => pointer.digest))) {
    const index = await readIndex(repository, digest);
    if (index?.annotations[starterLabel] === starter) indexes.set(digest, index);
  }
  const tags = new Map(pointers.map(({ tag, digest }) => [tag, digest]));
  const lines = new Map<string, StandingLine>();
  for (const line of new Set([...indexes.values()].map((index) => index.line))) {
    const index = indexOfLine(line, tags, indexes);
    if (index === undefined) continue;
    const own = pointers.filter((pointer) => pointer.digest === index.digest).map((pointer) => pointer.tag);
    lines.set(line, { index, tags: own.sort(byExactness) });
  }
  return { lines, tags };
}

function indexOfLine(
  line: string,
  tags: ReadonlyMap<string, Digest>,
  indexes: ReadonlyMap<Digest, LineIndex>,
): LineIndex | undefined {
  const tagged = indexes.get(tags.get(line) ?? 'sha256:');
  if (tagged?.line === line) return tagged;
  const builds = [...indexes.values()].filter(
    (index) => index.line === line && tags.get(index.version) === index.digest,
  );
  return builds.sort((left, right) => compareVersions(left.version, right.version)).at(-1);
}

/** An order of tags on one digest: the longest tag says most; `latest` says least. */
export function byExactness(left: string, right: string): number {
  if (left === 'latest' || right === 'latest') return left === 'latest' ? 1 : -1;
  return right.length - left.length || (left < right ? -1 : 1);
}
