import { PackageURL } from 'packageurl-js';
import { z } from 'zod';
import { mediaTypes } from '../image/media-types.js';
import { plainDescriptor } from '../registry/manifest-document.js';
import type { Repository } from '../registry/registry.js';
import type { ComparedImage } from '../signing/verify-image.js';
import type { VerificationFault } from '../signing/verification.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import { type ImageContent, type InstalledPackage, readImageContent } from './image-content.js';

/** What can be wrong between an image and its SBOM. */
export type ContentFaultCode =
  /** The SBOM is none, or of another image. */
  | 'verify/wrong-sbom'
  /** The layers of the image are not those that the SBOM names. */
  | 'verify/wrong-layers'
  /** A layer does not hold what the config of the image says. */
  | 'verify/wrong-content'
  /** A package of the SBOM is not in the image. */
  | 'verify/package-missing'
  /** A package in the image is not in the SBOM. */
  | 'verify/package-not-listed';

type Fault = Pick<VerificationFault, 'message' | 'hint'> & { readonly code: ContentFaultCode };

/** What has a config of this kind is an image, and has layers; what has another is none. */
const imageConfigs: ReadonlySet<string> = new Set([
  mediaTypes.config,
  'application/vnd.docker.container.image.v1+json',
]);

const elementSchema = z.object({
  primaryPackagePurpose: z.string().optional(),
  checksums: z.array(z.object({ algorithm: z.string(), checksumValue: z.string() })).optional(),
  annotations: z.array(z.object({ comment: z.string() })).optional(),
  externalRefs: z.array(z.object({ referenceType: z.string(), referenceLocator: z.string() })).optional(),
});
const sbomSchema = z.object({ packages: z.array(elementSchema) });
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

/** Compares what lies in the layers of an image with its signed SBOM: the layers themselves, and the packages in their databases. */
export async function compareWithSbom(repository: Repository, image: ComparedImage): Promise<readonly Fault[]> {
  const sbom = sbomSchema.safeParse(image.sbom);
  if (!sbom.success) return [fault('verify/wrong-sbom', `The signed SBOM of ${image.digest} is no SPDX document`)];
  const elements = sbom.data.packages;
  const own = elements.find((element) => element.primaryPackagePurpose === 'CONTAINER');
  const described = own?.checksums?.find(({ algorithm }) => algorithm === 'SHA256')?.checksumValue;
  if (described === undefined || image.digest !== `sha256:${described}`) {
    return [fault('verify/wrong-sbom', `The signed SBOM of ${image.digest} is one of ${described ?? 'nothing'}`)];
  }
  const [config, ...layers] = image.manifest.blobs.map(plainDescriptor);
  if (config === undefined || !imageConfigs.has(config.mediaType)) return [];
  try {
    const content = await readImageContent(repository, layers);
    const stated = configSchema.parse(JSON.parse(await textOf(repository.getBlob(config.digest, config.size))));
    return [
      ...wrongContent(layers, content, stated.rootfs.diff_ids),
      ...wrongLayers(
        image.digest,
        layers.map((layer, position) => `${layer.digest} diff ID: ${content.diffIds[position] ?? ''}`),
        (own?.annotations ?? []).flatMap(({ comment }) => /^layer: (.*)$/u.exec(comment)?.[1] ?? []),
      ),
      ...wrongPackages(image.digest, content.packages, elements.flatMap(packageOf)),
    ];
  } catch (error) {
    if (isPrivateImageError(error, 'registry/unavailable', 'registry/deadline', 'registry/aborted')) throw error;
    return [fault('verify/wrong-content', `The image ${image.digest} cannot be read: ${describeError(error)}`)];
  }
}

function wrongContent(
  layers: readonly { readonly digest: string }[],
  { diffIds }: ImageContent,
  stated: readonly string[],
): readonly Fault[] {
  return layers.flatMap(({ digest }, position) => {
    const [is, says] = [diffIds[position], stated[position]];
    if (is === says) return [];
    const message = `The layer ${digest} holds ${is ?? 'nothing'}, and the config of the image says ${says ?? 'nothing'}`;
    return [fault('verify/wrong-content', message)];
  });
}

function wrongLayers(image: string, there: readonly string[], listed: readonly string[]): readonly Fault[] {
  if (there.join() === listed.join()) return [];
  const more = there.find((layer) => !listed.includes(layer));
  const less = listed.find((layer) => !there.includes(layer));
  const what = more === undefined ? `${less ?? 'their order'} is missing` : `${more} is not in it`;
  return [fault('verify/wrong-layers', `The layers of ${image} are not those of its SBOM: ${what}`)];
}

function wrongPackages(
  image: string,
  there: readonly InstalledPackage[],
  listed: readonly InstalledPackage[],
): readonly Fault[] {
  const [inImage, inSbom] = [new Set(there.map(inWords)), new Set(listed.map(inWords))];
  const missing = [...inSbom].filter((one) => !inImage.has(one)).sort();
  const more = [...inImage].filter((one) => !inSbom.has(one)).sort();
  return [
    ...missing.map((one) =>
      fault('verify/package-missing', `${one} is in the SBOM of ${image}, and not in the image's package database`),
    ),
    ...more.map((one) =>
      fault('verify/package-not-listed', `${one} is in the package database of ${image}, and not in its SBOM`),
    ),
  ];
}

function inWords({ format, name, version, architecture }: InstalledPackage): string {
  return `${format} package ${name} ${version} (${architecture})`;
}

function packageOf({ externalRefs = [] }: z.infer<typeof elementSchema>): readonly InstalledPackage[] {
  return externalRefs.flatMap(({ referenceType, referenceLocator }): readonly InstalledPackage[] => {
    if (referenceType !== 'purl') return [];
    const { type, name, version, qualifiers } = PackageURL.fromString(referenceLocator);
    const architecture = qualifiers?.['arch'] ?? '';
    if ((type !== 'apk' && type !== 'deb') || typeof version !== 'string') return [];
    return [{ format: type, name, version, architecture }];
  });
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function fault(code: ContentFaultCode, message: string): Fault {
  return { code, message, hint: 'Do not run the image. Ask who can write to the registry.' };
}
