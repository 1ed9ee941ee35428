import type { Repository } from '../registry/registry.js';
import type { Signer } from '../signing/signer.js';
import type { Creator } from './creator.js';
import { indexMediaType } from './read-index.js';
import type { Standing, StandingLine } from './standing.js';

/** One sentence for each build that stands without the signature that the settings ask for; none where there is no key to tell it by. */
export async function unsignedLines(
  creator: Creator,
  repository: Repository,
  { lines, dev }: Standing,
): Promise<readonly string[]> {
  const signer = await signerIfThere(creator);
  if (signer === undefined) return [];
  const { isSigned } = await import('../signing/sign-image.js');
  const isUnsigned = async ({ index: { digest } }: StandingLine): Promise<boolean> =>
    // Of a subject only the digest is asked for.
    !(await isSigned(repository, signer, repository.reference, {
      subject: { mediaType: indexMediaType, digest, size: 0 },
      claims: [],
    }));
  const faults: string[] = [];
  for (const [line, standing] of lines) {
    if (await isUnsigned(standing)) faults.push(`the signature of line ${line} is missing`);
  }
  for (const [line, standing] of dev) {
    if (await isUnsigned(standing)) faults.push(`the signature of the dev variant of line ${line} is missing`);
  }
  return faults;
}

/** A look at the registry needs no key: one that cannot be used is a matter of the next update. */
async function signerIfThere(creator: Creator): Promise<Signer | undefined> {
  try {
    return await creator.signer();
  } catch {
    return undefined;
  }
}
