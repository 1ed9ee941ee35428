import type { Repository } from '../registry/registry.js';
import { starterLabel } from './annotations.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import { mirrorStanding } from './mirrors.js';
import type { PublishedImage, PublishedLine } from './published.js';
import { readIndex } from './read-index.js';
import { readStanding, type StandingLine } from './standing.js';
import { readLinePlan } from './standing-plan.js';
import { standingVariant, tagsOfLines } from './standing-variant.js';
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
    lines.push(await readLine(repository, line, standing.dev.get(line.index.line)));
  }
  const tags = tagsOfLines(lines);
  const { behind, silent } = await mirrorStanding(creator, { name, starter, tags });
  return {
    status: 'created',
    repository: repository.reference,
    lines,
    tags,
    latest: latest.digest,
    behind,
    ...(silent.length === 0 ? {} : { silent }),
  };
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
