import { readFile } from 'node:fs/promises';
import type { SigningContext, SigningSettings } from '../signing/signing.js';
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

async function openNamed(settings: SigningSettings, context: SigningContext): Promise<Signer | undefined> {
  if (settings.kind === 'none') return undefined;
  // Who does not sign does not wait for what signing takes to load.
  const { openSigner } = await import('../signing/signer.js');
  if (settings.kind === 'keyless' || isPem(settings.privateKey)) return openSigner(settings, context);
  return openSigner({ ...settings, privateKey: await readKey(settings.privateKey) }, context);
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
