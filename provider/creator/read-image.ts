import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { starterLabel } from './annotations.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import type { PublishedImage, PublishedLine } from './published.js';
import { readIndex } from './read-index.js';
import { readStanding, type StandingLine } from './standing.js';
import { readLinePlan } from './standing-plan.js';
import { standingSboms } from './standing-sboms.js';
import { packageVersions } from './summary.js';
import { compareVersions } from './tags.js';

/** The image as it stands in its repository, or undefined when it is definitely not there. */
export async function readImage(creator: Creator, name: string): Promise<PublishedImage | undefined> {
  const repository = imageRepository(creator, name);
  const found = await repository.getManifest('latest');
  if (found === undefined) return undefined;
  const latest = await readIndex(repository, found.descriptor.digest);
  const starter = latest?.annotations[starterLabel];
  if (latest === undefined || starter === undefined) return undefined;
  const standing = await readStanding(repository, starter);
  const lines: PublishedLine[] = [];
  for (const line of [...standing.lines.values()].sort((left, right) =>
    compareVersions(left.index.line, right.index.line),
  )) {
    lines.push(await readLine(repository, line));
  }
  const tags = lines.flatMap((line) =>
    line.tags.map((tag): readonly [string, Digest | undefined] => [tag, line.digest]),
  );
  return {
    status: 'created',
    repository: repository.reference,
    lines,
    tags: Object.fromEntries(tags.filter((entry): entry is [string, Digest] => entry[1] !== undefined)),
    latest: latest.digest,
  };
}

async function readLine(repository: Repository, { index, tags }: StandingLine): Promise<PublishedLine> {
  const sboms = await standingSboms(repository, index);
  const plan = await readLinePlan(repository, index);
  return {
    line: index.line,
    status: 'built',
    version: index.version,
    digest: index.digest,
    tags,
    sbomUrl: sboms?.whole,
    sbomUrls: sboms?.byArchitecture ?? {},
    packagesAdded: plan === undefined ? {} : packageVersions(plan, (from) => from === 'added'),
    skipped: plan?.skipped ?? [],
    endOfLife: plan?.endOfLife,
    warnings: plan?.warnings ?? [],
    error: undefined,
  };
}
