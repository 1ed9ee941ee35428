import { readFile } from 'node:fs/promises';
import type { KeylessSigning, KeySigning, SigningContext, SigningSettings } from '../signing/signing.js';
import type { Signer } from '../signing/signer.js';
import { signingError } from '../signing/signing-error.js';

/** Whether a private key is given itself, and not the file that it is in. */
export function isPem(key: string): boolean {
  return key.includes('-----BEGIN');
}

/**
 * The signer that the settings name, opened when it is first asked for; it gives undefined when nothing is signed. Throws
 * `signing/bad-key` and `signing/bad-password`.
 */
export function lazySigner(settings: SigningSettings, context: SigningContext): () => Promise<Signer | undefined> {
  let opened: Promise<Signer | undefined> | undefined;
  return () => (opened ??= openNamed(settings, context));
}

/** What tells that signer from others, as `signerName` says; it gives undefined when nothing is signed. */
export function lazySignerName(
  settings: SigningSettings,
  environment: SigningContext['environment'],
): () => Promise<string | undefined> {
  let found: Promise<string | undefined> | undefined;
  return () => (found ??= findName(settings, environment));
}

async function findName(
  settings: SigningSettings,
  environment: SigningContext['environment'],
): Promise<string | undefined> {
  if (settings.kind === 'none') return undefined;
  const { signerName } = await import('../signing/signer-name.js');
  return signerName(await withKey(settings), environment);
}

async function openNamed(settings: SigningSettings, context: SigningContext): Promise<Signer | undefined> {
  if (settings.kind === 'none') return undefined;
  // Who does not sign does not wait for what signing takes to load.
  const { openSigner } = await import('../signing/signer.js');
  return openSigner(await withKey(settings), context);
}

/** The settings with the key itself in place of its file. */
async function withKey(settings: KeySigning | KeylessSigning): Promise<KeySigning | KeylessSigning> {
  if (settings.kind === 'keyless' || isPem(settings.privateKey)) return settings;
  return { ...settings, privateKey: await readKey(settings.privateKey) };
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    // What is meant as a path may be a key without its armour: neither it nor an error that repeats it is shown.
    throw signingError('signing/bad-key', `The file that signingKey names cannot be read${code}`, {
      hint: 'Give the path of a private key, or the key itself, from -----BEGIN to -----END.',
    });
  }
}
