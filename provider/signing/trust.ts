import { createPublicKey, type KeyObject } from 'node:crypto';
import { X509Certificate } from '@sigstore/core';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { z } from 'zod';
import { readPublicKey } from './key-pair.js';
import { type TrustedAuthority, type TrustedLog, trustedRootSchema } from './schema.js';
import { signingError } from './signing-error.js';

/** Whose signatures count. */
export type Trust = KeyTrust | IdentityTrust;

/** The owner of a key. */
export interface KeyTrust {
  readonly kind: 'key';
  readonly publicKey: KeyObject;
  /** Where given, each signature has to be in one of its logs. */
  readonly root: TrustMaterial | undefined;
}

/** A person or a program, as an issuer of identities knows them. */
export interface IdentityTrust {
  readonly kind: 'keyless';
  readonly root: TrustMaterial;
  /** The address or URI in the certificate, whole; with a pattern, one that matches from beginning to end. */
  readonly subject: string | RegExp;
  /** The issuer of the identity token, whole, as `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
}

type Authority = TrustMaterial['certificateAuthorities'][number];
type Log = TrustMaterial['tlogs'][number];

const always = { start: new Date(0), end: new Date(8_640_000_000_000_000) };

/** Trust in the owner of `publicKey` (PEM). Throws `signing/bad-key`. */
export function trustKey(publicKey: string, root?: TrustMaterial): KeyTrust {
  return { kind: 'key', publicKey: readPublicKey(publicKey), root };
}

/** Trust in an identity. */
export function trustIdentity(root: TrustMaterial, subject: string | RegExp, issuer: string): IdentityTrust {
  return { kind: 'keyless', root, subject, issuer };
}

/** Reads a trusted root: the JSON that `cosign trusted-root create` writes. Throws `signing/bad-trusted-root`. */
export function readTrustedRoot(json: string): TrustMaterial {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    throw badRoot('The trusted root is no JSON', error);
  }
  const parsed = trustedRootSchema.safeParse(document);
  if (!parsed.success) {
    throw badRoot(`The trusted root is none: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
  }
  const { tlogs, ctlogs, certificateAuthorities, timestampAuthorities } = parsed.data;
  try {
    return {
      tlogs: tlogs.map((log) => logOf(log)),
      ctlogs: ctlogs.map((log) => logOf(log)),
      certificateAuthorities: certificateAuthorities.map((authority) => authorityOf(authority)),
      timestampAuthorities: timestampAuthorities.map((authority) => authorityOf(authority)),
      publicKey: noKey,
    };
  } catch (error) {
    throw badRoot('The trusted root holds a key or a certificate that cannot be read', error);
  }
}

/**
 * The trusted root of the public good instance, fetched as The Update Framework says; `cacheFolder` keeps it. Throws
 * `signing/bad-trusted-root` when it cannot be fetched or is not signed as it must be.
 */
export async function fetchPublicRoot(cacheFolder: string, mirrorUrl?: string): Promise<TrustMaterial> {
  const { getTrustedRoot } = await import('@sigstore/tuf');
  try {
    const options = { cachePath: cacheFolder, ...(mirrorUrl === undefined ? {} : { mirrorURL: mirrorUrl }) };
    return toTrustMaterial(await getTrustedRoot({ ...options, retry: 2, timeout: 30_000 }));
  } catch (error) {
    throw badRoot('The trusted root of the public good instance cannot be fetched', error);
  }
}

function logOf({ baseUrl, publicKey, logId, checkpointKeyId }: TrustedLog): Log {
  return {
    baseURL: baseUrl,
    logID: Buffer.from((checkpointKeyId ?? logId).keyId, 'base64'),
    publicKey: derKey(Buffer.from(publicKey.rawBytes, 'base64')),
    validFor: periodOf(publicKey.validFor),
  };
}

function authorityOf({ certChain, validFor }: TrustedAuthority): Authority {
  return {
    certChain: certChain.certificates.map(({ rawBytes }) => X509Certificate.parse(Buffer.from(rawBytes, 'base64'))),
    validFor: periodOf(validFor),
  };
}

/** Old roots hold RSA keys without the structure that says that they are RSA. */
function derKey(key: Buffer): KeyObject {
  try {
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return createPublicKey({ key, format: 'der', type: 'pkcs1' });
  }
}

function periodOf(
  validFor: { readonly start?: string | undefined; readonly end?: string | undefined } | undefined,
): Log['validFor'] {
  return {
    start: validFor?.start === undefined ? always.start : new Date(validFor.start),
    end: validFor?.end === undefined ? always.end : new Date(validFor.end),
  };
}

function noKey(): never {
  throw signingError('signing/wrong-key', 'It is signed with a key where an identity is asked for', {
    hint: 'Verify it with the public key.',
  });
}

function badRoot(message: string, cause?: unknown): Error {
  return signingError('signing/bad-trusted-root', message, {
    hint: 'Give the JSON that "cosign trusted-root create" writes, or let the public one be fetched.',
    cause,
  });
}
