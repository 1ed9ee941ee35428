import type { Home } from '../registry/open-home.js';
import type { Repository } from '../registry/registry.js';
import { describeError } from '../support/errors.js';
import type { Digest } from '../support/digest.js';
import { type Claim, putClaim } from './claim.js';
import { copyImage } from './copy-image.js';
import type { Creator } from './creator.js';
import { homeOf, imageName, imageRepository } from './homes.js';
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
    await putClaim(repository, claim);
    await copyImage(creator, imageRepository(creator, image.name), repository, image.tags);
    await retireBuilds(creator, repository, image.starter);
  });
}

/** One sentence for each mirror that does not have what the image's tags point to. One that gives no answer is warned of alone. */
export async function mirrorsBehind(creator: Creator, { name, tags }: Mirrored): Promise<readonly string[]> {
  const behind: string[] = [];
  await forEachMirror(creator, name, async (repository) => {
    for (const [tag, digest] of Object.entries(tags)) {
      const found = await repository.getManifest(tag);
      if (found?.descriptor.digest === digest) continue;
      behind.push(`the mirror ${repository.reference} does not have ${tag} as the registry has it`);
      return;
    }
  });
  return behind;
}

/** Does something with the image's repository on each mirror; failures are warned of, and given as sentences. */
export async function forEachMirror(
  creator: Creator,
  name: string,
  work: (repository: Repository) => Promise<void>,
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const home of mirrorsOf(creator)) {
    try {
      await work(home.repository(imageName(creator, name)));
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
  const homes = creator.settings.mirrorRegistries.map((setting) => creator.homes.open(setting, creator.signal));
  return [...new Map(homes.map((home) => [home.reference, home])).values()].filter(
    ({ reference }) => reference !== own,
  );
}
