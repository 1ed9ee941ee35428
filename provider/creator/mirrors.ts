import type { Home } from '../registry/open-home.js';
import type { Repository } from '../registry/registry.js';
import { describeError } from '../support/errors.js';
import type { Digest } from '../support/digest.js';
import { type Claim, putClaim } from './claim.js';
import { copyImage } from './copy-image.js';
import type { Creator } from './creator.js';
import { homeOf, imageName, imageRepository, openHomeAt } from './homes.js';
import { readIndex } from './read-index.js';
import { retireBuilds } from './retention.js';

/** What an image is published as, for its mirrors. */
export interface Mirrored {
  readonly name: string;
  readonly starter: string;
  readonly tags: Readonly<Record<string, Digest>>;
}

/**
 * Publishes an image that is complete in its registry to each mirror. A mirror that fails takes nothing from the image: it is warned of.
 * Gives one sentence for each mirror that is behind.
 */
export function mirrorImage(creator: Creator, image: Mirrored, claim: Claim): Promise<readonly string[]> {
  return forEachMirror(creator, image.name, async (repository) => {
    creator.report({ kind: 'status', message: `mirroring to ${repository.reference}` });
    repository.expectWrites();
    await putClaim(creator, repository, claim);
    await copyImage(creator, imageRepository(creator, image.name), repository, image.tags);
    await retireBuilds(creator, repository, image.starter);
  });
}

/** How the mirrors of an image stand against its registry. */
export interface MirrorStanding {
  /** One sentence for each mirror that does not have what the image's tags point to, with all that stands beside it. */
  readonly behind: readonly string[];
  /** The mirrors that gave no answer, which were warned of. */
  readonly silent: readonly string[];
}

/** Compares an image with its mirrors: tags first, then SBOMs and signatures. */
export async function mirrorStanding(creator: Creator, { name, tags }: Mirrored): Promise<MirrorStanding> {
  const own = imageRepository(creator, name);
  const behind: string[] = [];
  const answered = new Set<string>();
  await forEachMirror(creator, name, async (repository, home) => {
    const missing = await missingTag(repository, tags);
    if (missing !== undefined) {
      behind.push(`the mirror ${home.reference} does not have ${missing} as the registry has it`);
    } else if (await lacksReferrers(own, repository, new Set(Object.values(tags)))) {
      behind.push(`the mirror ${home.reference} does not have all SBOMs and signatures`);
    }
    answered.add(home.reference);
  });
  return {
    behind,
    silent: mirrorsOf(creator).flatMap(({ reference }) => (answered.has(reference) ? [] : [reference])),
  };
}

async function missingTag(mirror: Repository, tags: Readonly<Record<string, Digest>>): Promise<string | undefined> {
  for (const [tag, digest] of Object.entries(tags)) {
    if ((await mirror.getManifest(tag))?.descriptor.digest !== digest) return tag;
  }
  return undefined;
}

async function lacksReferrers(own: Repository, mirror: Repository, indexes: ReadonlySet<Digest>): Promise<boolean> {
  for (const index of indexes) {
    const manifests = (await readIndex(own, index))?.manifests ?? [];
    for (const subject of [index, ...manifests.map(({ digest }) => digest)]) {
      const wanted = await own.referrers(subject);
      if (wanted.length === 0) continue;
      const there = new Set((await mirror.referrers(subject)).map(({ digest }) => digest));
      if (wanted.some(({ digest }) => !there.has(digest))) return true;
    }
  }
  return false;
}

/** Does something with the image's repository on each mirror; failures are warned of, and given as sentences. */
export async function forEachMirror(
  creator: Creator,
  name: string,
  work: (repository: Repository, home: Home) => Promise<void>,
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const home of mirrorsOf(creator)) {
    try {
      await work(home.repository(imageName(creator, name)), home);
    } catch (error) {
      creator.signal.throwIfAborted();
      const message = `the mirror ${home.reference} is behind: ${describeError(error)}`;
      creator.report({ kind: 'warning', message: `${imageName(creator, name)}: ${message}` });
      failures.push(message);
    }
  }
  return failures;
}

function mirrorsOf(creator: Creator): readonly Home[] {
  const own = homeOf(creator).reference;
  const homes = creator.settings.mirrorRegistries.map((setting) => openHomeAt(creator, setting));
  return [...new Map(homes.map((home) => [home.reference, home])).values()].filter(
    ({ reference }) => reference !== own,
  );
}
