import type { BuiltImage } from '../image/recipe.js';
import type { Descriptor, Repository } from '../registry/registry.js';
import { cyclonedxMediaType } from '../sbom/cyclonedx.js';
import { spdxMediaType } from '../sbom/spdx.js';
import { provenanceClaim } from '../signing/provenance.js';
import { sbomClaim } from '../signing/statement.js';
import { formatBytes } from '../support/byte-count.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import { inParallel } from '../support/in-parallel.js';
import { isOwnArtifact, manifestMediaType, type PutArtifact, putArtifact } from './artifact.js';
import type { BuiltLine } from './build-line.js';
import type { Creator } from './creator.js';
import { deleteReplaced } from './delete-replaced.js';
import { largestFirst } from './largest-first.js';
import type { Plan } from './plan.js';
import { identityOf } from './plan-store.js';
import { indexMediaType } from './read-index.js';
import { type LineSboms, type SbomDocuments, sbomsOf } from './sboms.js';
import type { LineVariant } from './variant.js';

/** The artifact type of a line's plan, kept as a referrer of its index: the lock, and what a changelog is made from. */
export const planArtifactType = 'application/vnd.pulumi-private-image.plan.v1+json';

/** The documents of which a subject has one of each: an older one goes when its successor is there. */
const ownTypes: readonly string[] = [planArtifactType, spdxMediaType, cyclonedxMediaType];

/** Where the SBOMs of a published variant are read. */
export interface PublishedSboms {
  readonly whole: string;
  readonly byArchitecture: Readonly<Record<string, string>>;
}

/** Something that is published, with what is said of it. */
interface Documented {
  readonly subject: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;
  readonly documents: SbomDocuments;
  /** The plan of the line, beside its index. */
  readonly plan: string | undefined;
}

/**
 * Puts a built variant of a line into its repository: blobs, manifests, the index, then its plan and its SBOMs as referrers, then the
 * signatures of all that. No tag is moved. What is there already is not written again. `mountFrom` are repositories that may have its layers.
 */
export async function publishLine(
  creator: Creator,
  repository: Repository,
  plan: Plan,
  line: LineVariant,
  built: BuiltLine,
  mountFrom: readonly string[],
): Promise<PublishedSboms> {
  const report = pushReport(creator, titleOf(plan, line), built);
  await inParallel(built.images, (image) => putImage(creator, repository, image, mountFrom, report));
  const index = await repository.putManifest(await creator.store.read(built.index.digest), indexMediaType);
  const sboms = await sbomsOf(creator, `${plan.tenant}/${plan.name}`, line, built);
  const byArchitecture: Record<string, string> = {};
  const all: Documented[] = [];
  for (const { image, documents } of sboms.images) {
    const documented = { subject: { mediaType: manifestMediaType, ...image.manifest }, documents, plan: undefined };
    byArchitecture[image.architecture] = repository.blobUrl(await putDocuments(repository, documented));
    all.push(documented);
  }
  const whole = { subject: index, documents: sboms.whole, plan: identityOf(line) };
  const sbom = await putDocuments(repository, whole);
  await signAll(creator, repository, [whole, ...all], sboms);
  return { whole: repository.blobUrl(sbom), byArchitecture };
}

/** A variant of a line in words, as `php 8.4 dev`. */
export function titleOf({ starter }: Plan, { line, variant }: LineVariant): string {
  return `${starter} ${line}${variant === 'dev' ? ' dev' : ''}`;
}

/** Reports how much of a build is in the repository, blob by blob. */
function pushReport(creator: Creator, title: string, { images }: BuiltLine): (blob: SizedDigest) => void {
  const whole = images.flatMap(blobsOf).reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  return ({ size }) => {
    done += size;
    const message = `publishing ${title}: ${formatBytes(done)} of ${formatBytes(whole)}`;
    creator.report({ kind: 'status', message, isStep: true });
  };
}

function blobsOf({ layers, config }: BuiltImage): readonly SizedDigest[] {
  return [...new Map<Digest, SizedDigest>([...layers, config].map((blob) => [blob.digest, blob])).values()];
}

async function putImage(
  creator: Creator,
  repository: Repository,
  image: BuiltImage,
  mountFrom: readonly string[],
  done: (blob: SizedDigest) => void,
): Promise<void> {
  await inParallel(
    largestFirst(blobsOf(image)),
    async (blob) => {
      creator.signal.throwIfAborted();
      const file = creator.store.pathOf(blob.digest);
      await repository.putBlob(blob, () => creator.store.open(blob.digest), { file, mountFrom });
      done(blob);
    },
    creator.settings.concurrency,
  );
  await repository.putManifest(await creator.store.read(image.manifest.digest), manifestMediaType);
}

/**
 * Puts what is said of a subject beside it, in place of what this program said before: what others have attached stays. Gives the blob of its
 * SPDX document.
 */
async function putDocuments(repository: Repository, { subject, documents, plan }: Documented): Promise<Digest> {
  const standing = await repository.referrers(subject.digest);
  const put = (type: string, document: string): Promise<PutArtifact> =>
    putArtifact(repository, subject, type, document, standing);
  const spdx = await put(spdxMediaType, documents.spdx);
  const cyclonedx = await put(cyclonedxMediaType, documents.cyclonedx);
  const lock = plan === undefined ? undefined : await put(planArtifactType, plan);
  const now = new Set([spdx.manifest, cyclonedx.manifest, lock?.manifest]);
  const own = standing.filter((one) => isOwnArtifact(one) && ownTypes.includes(one.artifactType ?? ''));
  const old = own.filter(({ digest }) => !now.has(digest));
  // A registry that cannot delete keeps them; whoever verifies then finds an SBOM that was signed in its time.
  if (old.length > 0)
    await deleteReplaced(
      repository,
      old.map(({ digest }) => digest),
    );
  return spdx.blob.digest;
}

/** Signs a line's index and images, and states their SBOMs and how they were built. */
async function signAll(
  creator: Creator,
  repository: Repository,
  all: readonly Documented[],
  sboms: LineSboms,
): Promise<void> {
  const signer = await creator.signer();
  if (signer === undefined) return;
  const provenance = provenanceClaim(sboms.facts);
  const requests = all.map(({ subject, documents }) => ({
    subject,
    claims: [sbomClaim('spdx', documents.spdx), sbomClaim('cyclonedx', documents.cyclonedx), provenance],
  }));
  const { signImages } = await import('../signing/sign-image.js');
  const { added } = await signImages(repository, signer, repository.reference, requests);
  if (added > 0) creator.report({ kind: 'status', message: `signed ${repository.reference} ${added} times` });
}
