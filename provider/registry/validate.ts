import { z } from 'zod';
import { type Digest, isDigest } from '../support/digest.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import type { Repository } from './registry.js';

/** Something that is not as it should be. */
export interface RepositoryFault {
  /** The tag or digest it is about. */
  readonly subject: string;
  readonly message: string;
}

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not a sha256 digest');
const descriptor = z.object({ mediaType: z.string(), digest, size: z.int().nonnegative() });
const documentSchema = z.object({
  manifests: z.array(descriptor).optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
});

/**
 * Reads everything that the tags of a repository lead to, with its referrers, and recomputes every digest and size. Gives all faults, none when
 * it is sound.
 */
export async function validateRepository(repository: Repository): Promise<readonly RepositoryFault[]> {
  const faults: RepositoryFault[] = [];
  const seen = new Set<Digest>();
  const attempt = async (subject: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isPrivateImageError(error) && !(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error;
      faults.push({ subject, message: describeError(error) });
    }
  };

  const validateBlob = (blob: z.infer<typeof descriptor>): Promise<void> =>
    attempt(blob.digest, async () => {
      if (seen.has(blob.digest)) return;
      seen.add(blob.digest);
      let size = 0;
      for await (const chunk of repository.getBlob(blob.digest)) size += chunk.length;
      if (size !== blob.size) faults.push({ subject: blob.digest, message: `has ${size} bytes, not ${blob.size}` });
    });

  const validateManifest = (subject: string, target: Digest): Promise<void> =>
    attempt(subject, async () => {
      if (seen.has(target)) return;
      seen.add(target);
      const found = await repository.getManifest(target);
      if (found === undefined) {
        faults.push({ subject, message: `the manifest ${target} is not there` });
        return;
      }
      const document = documentSchema.parse(JSON.parse(found.content.toString('utf8')));
      for (const blob of [document.config, ...(document.layers ?? [])])
        if (blob !== undefined) await validateBlob(blob);
      for (const manifest of document.manifests ?? []) await validateManifest(manifest.digest, manifest.digest);
      for (const referrer of await repository.referrers(target))
        await validateManifest(referrer.digest, referrer.digest);
    });

  await attempt(repository.reference, async () => {
    for (const { tag, digest: target } of await repository.tags()) await validateManifest(`tag ${tag}`, target);
  });
  return faults;
}
