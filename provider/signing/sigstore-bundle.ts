import { type Bundle, bundleFromJSON, bundleToJSON, type SerializedEnvelope, envelopeToJSON } from '@sigstore/bundle';
import { signingError } from './signing-error.js';
import { readStatement, type Statement, statementMediaType } from './statement.js';

/** The media type of a sigstore bundle of version 0.3, and the artifact type of the manifest that holds it. */
export const bundleMediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** A bundle longer than this is not read: it would be no signature. Bytes. */
export const maxBundleBytes = 64 * 1024 * 1024;

/** The text of a bundle. */
export function bundleText(bundle: Bundle): string {
  return JSON.stringify(bundleToJSON(bundle));
}

/** The envelope of a bundle as older tools keep it. Throws `signing/malformed` if the bundle holds a bare signature. */
export function envelopeOf(bundle: Bundle): SerializedEnvelope {
  if (bundle.content.$case !== 'dsseEnvelope') throw malformed('A bundle holds a bare signature and no statement');
  return envelopeToJSON(bundle.content.dsseEnvelope);
}

/** Reads a bundle of version 0.1 to 0.3. Throws `signing/malformed`. */
export function parseBundle(content: Uint8Array): Bundle {
  try {
    return bundleFromJSON(JSON.parse(Buffer.from(content).toString('utf8')));
  } catch (error) {
    throw malformed('A signature is no sigstore bundle', error);
  }
}

/** What a bundle states, not verified. Throws `signing/malformed` if it holds no in-toto statement. */
export function statementOf(bundle: Bundle): Statement {
  if (bundle.content.$case !== 'dsseEnvelope') throw malformed('A bundle holds a bare signature and no statement');
  const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
  if (payloadType !== statementMediaType)
    throw malformed(`An envelope holds ${JSON.stringify(payloadType)} and no statement`);
  // Who checks one signature and trusts another is fooled.
  if (signatures.length !== 1) throw malformed(`An envelope has ${signatures.length} signatures and not one`);
  return readStatement(payload);
}

function malformed(message: string, cause?: unknown): Error {
  return signingError('signing/malformed', message, {
    hint: 'Whatever wrote it is no sigstore tool, or it is damaged.',
    cause,
  });
}
