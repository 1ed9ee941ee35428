/** Changes the signatures beside an image, as somebody who can write to its registry could. */
import type { SerializedBundle } from '@sigstore/bundle';
import type { Descriptor } from '../../provider/registry/registry.js';
import { findSignatures, predicateTypeAnnotation } from '../../provider/signing/found-signature.js';
import { putReferrer } from '../../provider/signing/referrer.js';
import { bundleMediaType, bundleText } from '../../provider/signing/sigstore-bundle.js';
import type { MadeImage } from './made-image.js';

/** The bundle beside `subject` that states `predicateType`. */
export async function bundleBeside(
  image: MadeImage,
  subject: Descriptor,
  predicateType: string,
): Promise<SerializedBundle> {
  const found = await findSignatures(image.repository, subject.digest);
  const wanted = found.find((one) => one.form === 'bundle' && one.predicateType === predicateType);
  if (wanted === undefined || !('bundle' in wanted)) throw new Error(`${subject.digest} has no ${predicateType}`);
  return JSON.parse(bundleText(wanted.bundle)) as SerializedBundle;
}

/** Puts `bundle` in place of the one beside `subject` that states `predicateType`. */
export async function replaceBundle(
  image: MadeImage,
  subject: Descriptor,
  predicateType: string,
  bundle: unknown,
): Promise<void> {
  const { repository } = image;
  for (const { digest, annotations } of await repository.referrers(subject.digest, bundleMediaType)) {
    if (annotations?.[predicateTypeAnnotation] === predicateType) await repository.deleteManifests([digest]);
  }
  const layer = { mediaType: bundleMediaType, content: typeof bundle === 'string' ? bundle : JSON.stringify(bundle) };
  await putReferrer(repository, subject, bundleMediaType, layer, { [predicateTypeAnnotation]: predicateType });
}
