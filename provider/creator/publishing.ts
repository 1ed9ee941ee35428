import { isLogged } from '../signing/signing.js';
import { describeError } from '../support/errors.js';
import type { Creator } from './creator.js';

/**
 * How images are published, beside what they are: what of the settings an image that stands can be made to follow without being built
 * again. It is kept in states, and holds no secret.
 */
export interface Publishing {
  readonly signing: 'none' | 'key' | 'keyless';
  /** The fingerprint of the public key, or the identity; undefined where it is not known before the first signature is made. */
  readonly signer: string | undefined;
  /** True where signatures are entered in a transparency log. */
  readonly logged: true | undefined;
  /** True where signatures are also kept under the older tags. */
  readonly signatureTags: true | undefined;
  /** As the settings name them, sorted. */
  readonly mirrors: readonly string[];
  /** How many old digests of each line and variant are kept; undefined: all. */
  readonly retention: number | undefined;
}

/** How the settings say that images are published. A key that cannot be used is warned of: what stands needs none. */
export async function publishingOf(creator: Creator): Promise<Publishing> {
  const { signing, mirrorRegistries, retention } = creator.settings;
  const isSigned = signing.kind !== 'none';
  return {
    signing: signing.kind,
    signer: await signerNameOf(creator),
    logged: isSigned && isLogged(signing) ? true : undefined,
    signatureTags: isSigned && (signing.form ?? 'bundle') !== 'bundle' ? true : undefined,
    mirrors: [...new Set(mirrorRegistries)].sort(),
    retention,
  };
}

async function signerNameOf(creator: Creator): Promise<string | undefined> {
  try {
    return await creator.signerName();
  } catch (error) {
    creator.report({ kind: 'warning', message: `Nothing can be published now: ${describeError(error)}` });
    return undefined;
  }
}
