import { setTimeout as delay } from 'node:timers/promises';
import type { Repository, TagPointer } from '../registry/registry.js';
import { isPrivateImageError } from '../support/errors.js';
import { type Digest, digestOf, hexOf } from '../support/digest.js';
import type { Creator } from './creator.js';
import { byExactness } from './exactness.js';
import { readStanding, type Standing } from './standing.js';
import { assignTags, compareVersions, exactTag, isTimestampTag, timestampTag } from './tags.js';
import type { Variant } from './variant.js';

/** A version with the digest that its tags are to point to. */
export interface Build {
  readonly variant: Variant;
  readonly version: string;
  readonly digest: Digest;
}

/** What is to be tagged, and in what light. */
export interface Tagging {
  readonly starter: string;
  /** The repository as it was when the work began. */
  readonly started: Standing;
  /** The builds that are to be seen, given what stands: it may change while another publishes. */
  readonly buildsOf: (standing: Standing) => readonly Build[];
  /** Whether each digest gets a timestamp tag of its own. */
  readonly history: boolean;
  /** What no other run has: writers that meet wait for different times. */
  readonly run: string;
}

/** How often tags are planned again because another publishes the same image meanwhile. */
const mostTries = 12;
/** Between two tries, longer each time. Milliseconds. */
const pause = { first: 40, longest: 5000 };

/**
 * Points the tags of a repository at builds that are there whole: each digest's own timestamp tag first, then versions, then floating tags.
 * When another writer has moved a tag since it was looked at, all is planned anew; so the last of two writers has all tags. Gives what
 * stands then.
 *
 * Throws `registry/tag-moved` when the other does not stop.
 */
export async function tagBuilds(creator: Creator, repository: Repository, tagging: Tagging): Promise<Standing> {
  for (let tries = 1; ; tries += 1) {
    const standing = await readStanding(repository, tagging.starter, tries > 1);
    const builds = tagging.buildsOf(standing);
    const own = tagging.history ? ownTags(builds, standing, creator.clock()) : [];
    const goals = [...own, ...floatingTags(builds, standing, tagging.started)];
    const moved = goals.filter(({ tag, digest }) => standing.tags.get(tag) !== digest);
    if (moved.length === 0) return standing;
    creator.report({ kind: 'status', message: `moving ${moved.length} tags` });
    try {
      await move(repository, own, standing.tags);
      // All of them, also those that are right: a writer that meets another has to have all in the end.
      await move(
        repository,
        goals,
        new Map([...standing.tags, ...own.map(({ tag, digest }) => [tag, digest] as const)]),
      );
    } catch (error) {
      if (!isPrivateImageError(error, 'registry/tag-moved') || tries === mostTries) throw error;
      await delay(pauseOf(tagging.run, tries), undefined, { signal: creator.signal });
      continue;
    }
    const after = await readStanding(repository, tagging.starter, tries > 1);
    // Another may have taken the same second for its own digest.
    if (own.every(({ digest }) => hasOwnTag(builds, after, digest)) || tries === mostTries) return after;
  }
}

function pauseOf(run: string, tries: number): number {
  const share = Number.parseInt(hexOf(digestOf(`${run} ${tries}`)).slice(0, 4), 16) / 0xffff;
  return share * Math.min(pause.first * 2 ** tries, pause.longest);
}

async function move(
  repository: Repository,
  goals: readonly TagPointer[],
  before: ReadonlyMap<string, Digest>,
): Promise<void> {
  if (goals.every(({ tag, digest }) => before.get(tag) === digest)) return;
  await repository.tag(goals.map(({ tag, digest }) => ({ tag, digest, expected: before.get(tag) })));
}

/** One sentence for each floating tag that goes back to an older version than stood when the work began. */
export function steppedBack(builds: readonly Build[], started: Standing): readonly string[] {
  return floatingTags(builds, started, started).flatMap(({ tag, digest }) => {
    const before = started.indexes.get(started.tags.get(tag) ?? digest);
    const now = builds.find((build) => build.digest === digest);
    if (before === undefined || now === undefined || compareVersions(before.version, now.version) <= 0) return [];
    return [`the tag ${tag} goes back from ${before.version} to ${now.version}`];
  });
}

/** Version and floating tags, most exact first. One that another has moved meanwhile to a more advanced version is not moved back. */
function floatingTags(builds: readonly Build[], standing: Standing, started: Standing): readonly TagPointer[] {
  const pointers = (['production', 'dev'] as const).flatMap((variant) => {
    const own = builds.filter((build) => build.variant === variant);
    const tags = assignTags(
      own.map((build) => build.version),
      variant,
    );
    return own.flatMap(({ version, digest }) =>
      (tags.get(version) ?? [])
        .filter((tag) => tag === exactTag(version, variant) || !isOvertaken(tag, version, standing, started))
        .map((tag) => ({ tag, digest })),
    );
  });
  return pointers.sort((left, right) => byExactness(left.tag, right.tag));
}

function isOvertaken(tag: string, version: string, standing: Standing, started: Standing): boolean {
  const now = standing.tags.get(tag);
  if (now === undefined || now === started.tags.get(tag)) return false;
  const other = standing.indexes.get(now);
  return other !== undefined && compareVersions(other.version, version) > 0;
}

/** The timestamp tag of each digest: the one it has, else a new one that no other digest has. */
function ownTags(builds: readonly Build[], standing: Standing, now: Date): readonly TagPointer[] {
  return builds.map((build) => {
    const { variant, version, digest } = build;
    const tag = timestampTagOf(build, standing);
    if (tag !== undefined) return { tag, digest };
    for (let time = now.getTime(); ; time += 1000) {
      const free = timestampTag(version, new Date(time), variant);
      if (!standing.tags.has(free)) return { tag: free, digest };
    }
  });
}

function hasOwnTag(builds: readonly Build[], standing: Standing, digest: Digest): boolean {
  return builds.some((build) => build.digest === digest && timestampTagOf(build, standing) !== undefined);
}

function timestampTagOf({ variant, version, digest }: Build, standing: Standing): string | undefined {
  for (const [tag, tagged] of standing.tags) {
    if (tagged === digest && isTimestampTag(tag, version, variant)) return tag;
  }
  return undefined;
}
