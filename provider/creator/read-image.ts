import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { starterLabel } from './annotations.js';
import { readClaim } from './claim.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import { mirrorStanding } from './mirrors.js';
import type { PublishedImage, PublishedLine, UnfinishedImage } from './published.js';
import { readIndex } from './read-index.js';
import { readStanding, type Standing, type StandingLine } from './standing.js';
import { readLinePlan } from './standing-plan.js';
import { standingVariant, tagsOfLines } from './standing-variant.js';
import { packageVersions } from './summary.js';
import { compareVersions } from './tags.js';
import { unsignedLines } from './unsigned-lines.js';

/** The image as it stands in its repository, or undefined when it is definitely not there. */
export async function readImage(creator: Creator, name: string): Promise<PublishedImage | undefined> {
  const repository = imageRepository(creator, name);
  const found = await repository.getManifest('latest');
  if (found === undefined) return undefined;
  const latest = await readIndex(repository, found.descriptor.digest);
  const starter = latest?.annotations[starterLabel];
  if (latest === undefined || starter === undefined) return undefined;
  const standing = await readStanding(repository, starter);
  const lines = await readLines(repository, standing);
  const tags = tagsOfLines(lines);
  const unsigned = await unsignedLines(creator, repository, standing);
  const { behind, silent } = await mirrorStanding(creator, { name, starter, tags });
  return {
    status: 'created',
    repository: repository.reference,
    lines,
    tags,
    latest: latest.digest,
    behind: [...unsigned, ...behind],
    ...(silent.length === 0 ? {} : { silent }),
  };
}

/** Who owns the image `name`; undefined when nobody does. */
export function imageOwner(creator: Creator, name: string): Promise<string | undefined> {
  return readClaim(imageRepository(creator, name));
}

/**
 * What stands of the image `name` of `starter`, which need not be all of it: of `builds` those that are there by digest alone. Undefined
 * when there is definitely nothing.
 */
export async function readUnfinished(
  creator: Creator,
  name: string,
  starter: string,
  builds: readonly Digest[],
): Promise<UnfinishedImage | undefined> {
  const repository = imageRepository(creator, name);
  const standing = await readStanding(repository, starter);
  const lines = await readLines(repository, standing);
  const tagged = new Set(standing.tags.values());
  const untagged: Digest[] = [];
  for (const digest of builds) {
    if (!tagged.has(digest) && (await repository.getManifest(digest)) !== undefined) untagged.push(digest);
  }
  if (lines.length === 0 && untagged.length === 0) return undefined;
  const latest = standing.tags.get('latest');
  return {
    repository: repository.reference,
    lines,
    tags: tagsOfLines(lines),
    // In a replacement under the same name the tag is still the other image's.
    latest: latest !== undefined && standing.indexes.has(latest) ? latest : undefined,
    untagged,
  };
}

/** Oldest first. */
async function readLines(repository: Repository, standing: Standing): Promise<readonly PublishedLine[]> {
  const lines: PublishedLine[] = [];
  for (const line of [...standing.lines.values()].sort((left, right) =>
    compareVersions(left.index.line, right.index.line),
  )) {
    lines.push(await readLine(repository, line, standing.dev.get(line.index.line)));
  }
  return lines;
}

async function readLine(
  repository: Repository,
  production: StandingLine,
  dev: StandingLine | undefined,
): Promise<PublishedLine> {
  const { index } = production;
  const plan = await readLinePlan(repository, index);
  return {
    line: index.line,
    ...(await standingVariant(repository, production, 'built')),
    dev: dev === undefined ? undefined : await standingVariant(repository, dev, 'built'),
    packagesAdded: plan === undefined ? {} : packageVersions(plan, (from) => from === 'added'),
    skipped: plan?.skipped ?? [],
    endOfLife: plan?.endOfLife,
    warnings: plan?.warnings ?? [],
  };
}
