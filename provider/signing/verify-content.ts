import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type ManifestDocument, parseManifest } from '../registry/manifest-document.js';
import type { Repository } from '../registry/registry.js';
import { type Digest, digestOf, hexOf } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import { readBlob } from './found-signature.js';
import { predicateTypes } from './statement.js';
import { faultOf, type Signed, type VerificationFault } from './verification.js';
import { signatureError } from './verify-bundle.js';

/** SBOMs that stand beside an image without a signature of their own, and the statement that has to say the same. */
const sbomTypes: Readonly<Record<string, string>> = {
  'application/spdx+json': predicateTypes.spdx,
  'application/vnd.cyclonedx+json': predicateTypes.cyclonedx,
};

/** What contradicts its digest, or is not there: found, not an outage. */
const damage = ['registry/mismatch', 'registry/missing', 'registry/malformed', 'signing/malformed'];

/** Finds SBOMs beside `subject` that are not the signed ones. */
export async function verifySboms(
  repository: Repository,
  subject: Digest,
  signed: readonly Signed[],
  faults: VerificationFault[],
): Promise<void> {
  for (const { digest, artifactType = '' } of await repository.referrers(subject)) {
    const predicateType = sbomTypes[artifactType];
    if (predicateType === undefined) continue;
    const claims = signed.filter((one) => one.predicateType === predicateType);
    const document = await readSbom(repository, digest);
    if (claims.some(({ predicate }) => isDeepStrictEqual(predicate, document))) continue;
    const what = claims.length === 0 ? 'has no signature that counts' : 'is not the one that was signed';
    const fault = faultOf(
      signatureError('signing/wrong-sbom', `The SBOM ${digest} of ${subject} ${what}`),
      subject,
      digest,
    );
    faults.push(claims.length === 0 ? { ...fault, hint: 'Nothing proves that it is true: do not use it.' } : fault);
  }
}

/** The document of an SBOM artifact; a symbol, which equals nothing, for one that cannot be read. */
async function readSbom(repository: Repository, artifact: Digest): Promise<unknown> {
  try {
    const found = await repository.getManifest(artifact);
    const manifest = found && parseManifest(found.content, found.descriptor.mediaType, repository.reference);
    const layer = manifest?.blobs.find(({ mediaType }) => sbomTypes[mediaType] !== undefined);
    return layer === undefined ? Symbol('none') : JSON.parse((await readBlob(repository, layer)).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || isPrivateImageError(error, ...damage)) return Symbol('unreadable');
    throw error;
  }
}

/** The manifest or index `digest`; undefined, and a fault, when it is damaged or gone. */
export async function readManifest(
  repository: Repository,
  digest: Digest,
  faults: VerificationFault[],
): Promise<ManifestDocument | undefined> {
  try {
    const found = await repository.getManifest(digest);
    if (found !== undefined && digestOf(found.content) === digest) {
      return parseManifest(found.content, found.descriptor.mediaType, repository.reference);
    }
    const what = found === undefined ? 'is not there' : 'does not have its digest';
    faults.push(faultOf(signatureError('signing/damaged', `The manifest ${digest} ${what}`), digest, digest));
  } catch (error) {
    if (!isPrivateImageError(error, ...damage)) throw error;
    const message = `The manifest ${digest} is damaged: ${error.message}`;
    faults.push(faultOf(signatureError('signing/damaged', message), digest, digest));
  }
  return undefined;
}

/** Reads the config and each layer of an image, once, and hashes them. `seen` holds what was looked at. */
export async function verifyLayers(
  repository: Repository,
  subject: Digest,
  manifest: ManifestDocument,
  { faults, seen }: { readonly faults: VerificationFault[]; readonly seen: Set<Digest> },
): Promise<void> {
  for (const { digest, size } of manifest.blobs) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    const wrong = await wrongWith(repository, digest, size);
    if (wrong === undefined) continue;
    const error = signatureError('signing/damaged', `The layer or config ${digest} of ${subject} ${wrong}`);
    faults.push(faultOf(error, subject, digest));
  }
}

async function wrongWith(repository: Repository, digest: Digest, size: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  let length = 0;
  try {
    for await (const chunk of repository.getBlob(digest, size)) {
      length += chunk.length;
      hash.update(chunk);
    }
  } catch (error) {
    if (isPrivateImageError(error, ...damage)) return `is damaged: ${error.message}`;
    throw error;
  }
  if (hash.digest('hex') !== hexOf(digest)) return 'does not have its digest';
  return length === size ? undefined : `has ${length} bytes and not ${size}`;
}
