import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import type { PublishedLine, PublishedVariant } from './published.js';
import type { StandingLine } from './standing.js';
import { standingSboms } from './standing-sboms.js';

/** A variant as it stands in its repository, as far as that says. */
export async function standingVariant(
  repository: Repository,
  { index, tags }: StandingLine,
  status: 'built' | 'kept',
): Promise<PublishedVariant> {
  const sboms = await standingSboms(repository, index);
  return {
    status,
    version: index.version,
    digest: index.digest,
    tags,
    sbomUrl: sboms?.whole,
    sbomUrls: sboms?.byArchitecture ?? {},
    error: undefined,
  };
}

/** Tag to digest of all variants that stand. */
export function tagsOfLines(lines: readonly PublishedLine[]): Readonly<Record<string, Digest>> {
  const variants = lines.flatMap(({ dev, ...line }): readonly PublishedVariant[] => [line, ...(dev ? [dev] : [])]);
  return Object.fromEntries(
    variants.flatMap(({ tags, digest }) => (digest === undefined ? [] : tags.map((tag) => [tag, digest] as const))),
  );
}
