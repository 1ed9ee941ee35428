import type { DescribedImage, ImageFile } from '../image/recipe.js';
import type { Architecture } from '../packages/package.js';
import { spdxDocument } from '../sbom/spdx.js';
import type { Digest } from '../support/digest.js';
import type { Creator } from './creator.js';
import { lineSubject, sbomImage } from './sbom-subject.js';
import type { LineVariant } from './variant.js';

/** Where apko's packages have theirs, and scanners find an SBOM in an image: https://github.com/chainguard-dev/apko/blob/main/docs/sbom-composition.md */
const folder = '/var/lib/db/sbom';

/**
 * The SBOM that lies in the image itself, of one architecture: the SPDX document that is published beside it, but for what is not known
 * before the image is there or is no part of it (`provider/sbom/README.md`). A function of the plan.
 */
export async function imageSbom(
  creator: Creator,
  repository: string,
  line: LineVariant,
  architecture: Architecture,
  { created, copyrights, archives }: DescribedImage & { readonly archives: Readonly<Record<string, Digest>> },
): Promise<ImageFile> {
  const subject = await lineSubject(creator, repository, line);
  const image = await sbomImage(creator, line, architecture, { archives, copyrights });
  const text = spdxDocument({ ...subject, created, index: undefined, images: [image], build: undefined });
  return { path: sbomPath(repository, line), text };
}

/** As `/var/lib/db/sbom/web-8.4.12.spdx.json`; of a dev variant `web-8.4.12-dev.spdx.json`, as its tag is. */
function sbomPath(repository: string, { version, variant }: LineVariant): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  const words = `${name}-${version}${variant === 'dev' ? '-dev' : ''}`;
  return `${folder}/${words.replaceAll(/[^A-Za-z0-9.+~_-]+/gu, '-')}.spdx.json`;
}
