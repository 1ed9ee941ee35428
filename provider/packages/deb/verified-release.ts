import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Store } from '../../store/store.js';
import { digestOf } from '../../support/digest.js';
import { splitClearSigned } from './clear-signed.js';
import { verdictSchema } from './schema.js';
import type { SignedText } from './signature.js';

const kind = 'deb-verdict';

/** A release with its signature and the keys that are trusted. */
export interface ReleaseToVerify {
  readonly content: Uint8Array;
  /** The detached signature; undefined for one that is clear-signed. */
  readonly signature: Uint8Array | undefined;
  /** Armoured keys. */
  readonly keyring: readonly string[];
  /** Which repository this is, for errors. */
  readonly repository: string;
}

/**
 * The signed text of a release that is verified at `now`. A good verdict is remembered in `store` for the same content, keys and library,
 * from `now` on until a key or a signature begins or ends: a release stays the same for hours and days, and is verified with every plan.
 * Throws as `readKeyring`, `verifyClearSigned` and `verifyDetached` do.
 */
export async function verifiedRelease(store: Store, now: Date, release: ReleaseToVerify): Promise<SignedText> {
  const { content, signature, keyring, repository } = release;
  const parts = [content, signature ?? '', ...keyring].map((part) => digestOf(part));
  const key = JSON.stringify([libraryDigest(), signature === undefined, ...parts]);
  const known = await store.recall(kind, key, verdictSchema);
  if (known !== undefined && isWithin(now, known)) {
    const text = signature === undefined ? splitClearSigned(content, repository).text : textOf(content);
    return { text, signedBy: known.signedBy };
  }
  const { readKeyring, verifyClearSigned, verifyDetached } = await import('./signature.js');
  const verifier = { keys: await readKeyring(keyring, repository), now, repository };
  const { until, ...signed } =
    signature === undefined
      ? await verifyClearSigned(content, verifier)
      : await verifyDetached(content, signature, verifier);
  const verdict = { signedBy: signed.signedBy, from: now.toISOString(), until: until?.toISOString() ?? null };
  await store.remember(kind, key, verdict);
  return signed;
}

function isWithin(now: Date, { from, until }: { readonly from: string; readonly until: string | null }): boolean {
  return now >= new Date(from) && (until === null || now < new Date(until));
}

function textOf(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.length).toString('utf8');
}

/** Which library verifies: what another version of it has let through is verified again. It is not loaded to know. */
function libraryDigest(): string {
  const main = createRequire(import.meta.url).resolve('openpgp');
  const folder = main.slice(0, main.lastIndexOf(`${path.sep}openpgp${path.sep}`));
  return digestOf(readFileSync(path.join(folder, 'openpgp', 'package.json')));
}
