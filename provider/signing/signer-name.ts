import { identityAtHand } from './identity-token.js';
import { keyHint, readPrivateKey } from './key-pair.js';
import type { KeylessSigning, KeySigning, SigningContext } from './signing.js';

/**
 * What tells who signs from others, and is no secret: the fingerprint of the public key, or the identity; undefined for an identity that
 * is not known before somebody asks for a token. Throws `signing/bad-key` and `signing/bad-password`.
 */
export async function signerName(
  settings: KeySigning | KeylessSigning,
  environment: SigningContext['environment'],
): Promise<string | undefined> {
  if (settings.kind === 'key') {
    return `SHA256:${keyHint(await readPrivateKey(settings.privateKey, settings.password))}`;
  }
  const identity = identityAtHand(settings.identityToken, environment);
  if (identity === undefined) return undefined;
  return identity.address === undefined ? identity.issuer : `${identity.address} (${identity.issuer})`;
}
