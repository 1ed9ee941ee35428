import type { Digest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import type { SbomImage, SbomSubject } from './subject.js';

/** What a document is of: the index of a line when `image` is undefined, else the one image. */
export interface DescribedImage {
  /** Undefined of an image whose document lies in it. */
  readonly digest: Digest | undefined;
  readonly image: SbomImage | undefined;
}

/** Throws `sbom/malformed` when there is no index and not exactly one image. */
export function describedImage(subject: SbomSubject): DescribedImage {
  const [image] = subject.images;
  if (subject.index !== undefined) return { digest: subject.index, image: undefined };
  if (image !== undefined && subject.images.length === 1) return { digest: image.digest, image };
  throw new PrivateImageError<'sbom/malformed'>(
    'sbom/malformed',
    `The bill of materials of ${subject.repository} ${subject.version} has no index and ${subject.images.length} images`,
    { data: { repository: subject.repository, line: subject.line } },
  );
}
