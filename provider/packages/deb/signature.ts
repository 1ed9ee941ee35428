import type * as openpgp from 'openpgp';
import { armouredSignature, splitClearSigned } from './clear-signed.js';
import { repositoryError } from './repository-error.js';
import type { RepositoryErrorCode } from './repository-error.js';
import { nextMoment } from './validity.js';

/** A text with a good signature by a trusted key. */
export interface SignedText {
  /** Exactly what was signed; nothing else may be used. */
  readonly text: string;
  /** The fingerprint of the trusted primary key, in lowercase hex. */
  readonly signedBy: string;
}

/** A text whose signature has just been verified. */
export interface VerifiedText extends SignedText {
  /** The next moment at which the verdict may become another; undefined when none is to come. */
  readonly until: Date | undefined;
}

/** What a signature is verified with. */
export interface Verifier {
  /** The keys that are trusted. */
  readonly keys: readonly openpgp.PublicKey[];
  /** The time at which keys and signatures have to be valid. */
  readonly now: Date;
  /** Which repository this is, for errors. */
  readonly repository: string;
}

/** A signature as openpgp reports it: `verified` fails when it is not good. */
type CheckedSignature = Pick<
  Awaited<ReturnType<typeof openpgp.verify>>['signatures'][number],
  'keyID' | 'signature' | 'verified'
>;

/** Loaded when there is something to verify: an index that is known already, and every apk, is read without. */
function openpgpLibrary(): Promise<typeof openpgp> {
  return import('openpgp');
}

/** Reads armoured public keys; one text may hold several blocks. Throws `repository/bad-keyring`. */
export async function readKeyring(
  armouredKeys: readonly string[],
  repository: string,
): Promise<readonly openpgp.PublicKey[]> {
  const blocks = armouredKeys.flatMap(
    (text) => text.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g) ?? [text],
  );
  if (blocks.length === 0)
    throw repositoryError('repository/bad-keyring', repository, 'no key is given to verify it with', {
      hint: 'Give the public keys of whoever publishes it: --keyring FILE, or [signed-by=FILE] in the line of the repository.',
    });
  const { readKeys } = await openpgpLibrary();
  const hint = 'A keyring holds OpenPGP public keys in armoured form ("-----BEGIN PGP PUBLIC KEY BLOCK-----").';
  const keys = await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys }))).catch((error: unknown) => {
    throw repositoryError('repository/bad-keyring', repository, 'a key of its keyring cannot be read', {
      hint,
      cause: error,
    });
  });
  if (keys.flat().some((key) => key.isPrivate())) {
    throw repositoryError('repository/bad-keyring', repository, 'there is a private key in its keyring', { hint });
  }
  return keys.flat().map((key) => key.toPublic());
}

/**
 * Verifies an `InRelease`. One good signature by a trusted key is enough; others may be by keys that are not known.
 * Throws `repository/unsigned`, `repository/bad-signature`, `repository/untrusted-key`, `repository/expired-key`,
 * `repository/weak-signature`.
 */
export async function verifyClearSigned(content: Uint8Array, verifier: Verifier): Promise<VerifiedText> {
  const { repository } = verifier;
  const { readCleartextMessage, verify } = await openpgpLibrary();
  const { text, whole } = splitClearSigned(content, repository);
  const message = await reading(repository, () => readCleartextMessage({ cleartextMessage: whole }));
  // Whoever verifies has to have read the same text as whoever goes on with it.
  if (message.getText() !== text) {
    throw repositoryError('repository/bad-signature', repository, 'its signed text can be read in two ways');
  }
  const result = await reading(repository, () =>
    verify({ message, verificationKeys: [...verifier.keys], date: verifier.now }),
  );
  const signedBy = await trustedSigner(result.signatures, verifier);
  return { text, signedBy, until: await untilOf(result.signatures, verifier) };
}

/** Verifies a `Release` with its `Release.gpg`, as `verifyClearSigned` does. */
export async function verifyDetached(
  content: Uint8Array,
  signature: Uint8Array,
  verifier: Verifier,
): Promise<VerifiedText> {
  const { repository } = verifier;
  const { createMessage, readSignature, verify } = await openpgpLibrary();
  const armoured = armouredSignature(signature, repository);
  const parsed = await reading(repository, () => readSignature({ armoredSignature: armoured }));
  const message = await createMessage({ binary: content });
  const result = await reading(repository, () =>
    verify({ message, signature: parsed, verificationKeys: [...verifier.keys], date: verifier.now }),
  );
  const signedBy = await trustedSigner(result.signatures, verifier);
  const until = await untilOf(result.signatures, verifier);
  return { text: Buffer.from(content).toString('utf8'), signedBy, until };
}

/** When what was found of these signatures has to be found anew. */
async function untilOf(signatures: readonly CheckedSignature[], { keys, now }: Verifier): Promise<Date | undefined> {
  return nextMoment(keys, await Promise.all(signatures.map(({ signature }) => signature)), now);
}

async function trustedSigner(signatures: readonly CheckedSignature[], verifier: Verifier): Promise<string> {
  const faults: { code: RepositoryErrorCode; what: string }[] = [];
  for (const { keyID, verified } of signatures) {
    const key = verifier.keys.find((candidate) => candidate.getKeys(keyID).length > 0);
    if (key === undefined) {
      faults.push({ code: 'repository/untrusted-key', what: `signed by key ${keyID.toHex()}, which is not trusted` });
      continue;
    }
    const fault = (await faultOfKey(key, keyID, verifier.now)) ?? (await faultOfSignature(verified, keyID));
    if (fault === undefined) return key.getFingerprint();
    faults.push(fault);
  }
  // What a trusted key says is told before what a stranger's does.
  const worst = faults.find((fault) => fault.code !== 'repository/untrusted-key') ?? faults[0];
  throw repositoryError(
    worst?.code ?? 'repository/unsigned',
    verifier.repository,
    worst === undefined ? 'it has no signature' : faults.map((fault) => fault.what).join('; '),
    {
      hint: 'Nothing of it is used. Check the mirror, and whether the pinned keys are those of this repository.',
      data: { signatures: faults.map((fault) => fault.what) },
    },
  );
}

/** A key has to be good now, and not only when it signed: a stolen one would sign with any date. */
async function faultOfKey(
  key: openpgp.PublicKey,
  keyID: openpgp.KeyID,
  now: Date,
): Promise<{ code: RepositoryErrorCode; what: string } | undefined> {
  const expired = {
    code: 'repository/expired-key' as const,
    what: `signed by key ${keyID.toHex()}, which is expired or revoked`,
  };
  try {
    await key.verifyPrimaryKey(now);
    if (!key.getKeyID().equals(keyID)) await key.getSigningKey(keyID, now);
    return undefined;
  } catch {
    return expired;
  }
}

async function faultOfSignature(
  verified: Promise<true>,
  keyID: openpgp.KeyID,
): Promise<{ code: RepositoryErrorCode; what: string } | undefined> {
  try {
    await verified;
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const what = `its signature by key ${keyID.toHex()} is not good: ${reason}`;
    if (/Insecure (?:message )?hash algorithm|considered (?:too weak|insecure)/i.test(reason))
      return { code: 'repository/weak-signature', what };
    if (/expired|revoked/i.test(reason)) return { code: 'repository/expired-key', what };
    return { code: 'repository/bad-signature', what };
  }
}

async function reading<Value>(repository: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    throw repositoryError('repository/bad-signature', repository, 'its signature cannot be read', { cause: error });
  }
}
