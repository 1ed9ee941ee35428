import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync } from 'node:crypto';
import type { Bundle } from '@sigstore/bundle';
import {
  DEFAULT_FULCIO_URL,
  DEFAULT_REKOR_URL,
  DSSEBundleBuilder,
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
  type Signature,
  type Signer as DataSigner,
  TSAWitness,
  type Witness,
} from '@sigstore/sign';
import pLimit from 'p-limit';
import { findIdentityToken, type Identity, identityAtHand } from './identity-token.js';
import { keyHint, publicKeyPem, readPrivateKey, readPublicKey, signData } from './key-pair.js';
import { signingError } from './signing-error.js';
import { isLogged, type KeylessSigning, type KeySigning, type SigningContext, type SignatureForm } from './signing.js';
import { statementMediaType } from './statement.js';

/** Makes signatures in the name of one key or one identity. */
export interface Signer {
  /** Undefined for an identity, which has another key each time. */
  readonly publicKey: KeyObject | undefined;
  /** Whom it signs for, as far as that is known before the first signature; undefined for a key. */
  readonly identity: Identity | undefined;
  readonly form: SignatureForm;
  /** Whether its signatures are entered in a log. */
  readonly logged: boolean;
  /** An in-toto statement in a signed envelope. Throws `signing/no-identity` and `signing/service`. */
  signStatement(statement: string): Promise<Bundle>;
  /** A signature over bytes as they are. Throws `signing/no-identity` and `signing/service`. */
  signBytes(bytes: Uint8Array): Promise<Bundle>;
}

/** Of a request to an authority or a log. */
const patience = { retry: 2, timeout: 30_000 };
/** RSA and Ed25519 sign the same in the same way: an entry of an earlier try, which the log refuses to take again, is the one wanted. */
const logOptions = { entryType: 'dsse', fetchOnConflict: true, ...patience } as const;
/** How many signatures are made at once: a log takes its time for each. */
const atOnce = 4;
/** A certificate lives ten minutes; one that is older than half of that is not used again. Milliseconds. */
const certificateUse = 5 * 60_000;

/**
 * Opens the key, or makes ready to ask for a certificate; an identity token is looked for when the first signature is made, not before.
 * Throws `signing/bad-key` and `signing/bad-password`.
 */
export async function openSigner(settings: KeySigning | KeylessSigning, context: SigningContext): Promise<Signer> {
  const form = settings.form ?? 'bundle';
  const witnesses = witnessesOf(settings);
  const logged = isLogged(settings);
  if (settings.kind === 'keyless') {
    const identity = identityAtHand(settings.identityToken, context.environment);
    return { publicKey: undefined, identity, form, logged, ...signWith(identitySigner(settings, context), witnesses) };
  }
  const key = await readPrivateKey(settings.privateKey, settings.password);
  const publicKey = readPublicKey(publicKeyPem(key));
  return { publicKey, identity: undefined, form, logged, ...signWith(keySigner(key), witnesses) };
}

function signWith(signer: DataSigner, witnesses: readonly Witness[]): Pick<Signer, 'signStatement' | 'signBytes'> {
  const options = { signer, witnesses: [...witnesses] };
  const limit = pLimit(atOnce);
  return {
    signStatement: async (statement) => {
      const data = Buffer.from(statement);
      const builder = new DSSEBundleBuilder({ ...options, certificateChain: false });
      const bundle = await limit(() => served(builder.create({ data, type: statementMediaType })));
      // The hint stands beside the envelope; older tools compare a key ID inside of it with one of their own.
      for (const signature of bundle.content.dsseEnvelope.signatures) signature.keyid = '';
      return bundle;
    },
    signBytes: (bytes) => {
      const builder = new MessageSignatureBundleBuilder(options);
      return limit(() => served(builder.create({ data: Buffer.from(bytes) })));
    },
  };
}

function keySigner(key: KeyObject): DataSigner {
  const publicKey = publicKeyPem(key);
  const hint = keyHint(key);
  return {
    sign: (data) => Promise.resolve({ signature: signData(key, data), key: { $case: 'publicKey', publicKey, hint } }),
  };
}

/** Signs with a fresh key that is certified once for all signatures of the next minutes. */
function identitySigner(settings: KeylessSigning, context: SigningContext): DataSigner {
  let standing: { readonly signer: Promise<DataSigner>; readonly until: number } | undefined;
  async function certify(): Promise<DataSigner> {
    const token = await findIdentityToken(settings.identityToken, context);
    const keyHolder = keySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const certified = new FulcioSigner({
      fulcioBaseURL: settings.fulcioUrl ?? DEFAULT_FULCIO_URL,
      identityProvider: { getToken: () => Promise.resolve(token) },
      keyHolder,
      ...patience,
    });
    const { key } = await served(certified.sign(Buffer.alloc(0)), token);
    return {
      sign: async (data): Promise<Signature> => ({ signature: (await keyHolder.sign(data)).signature, key }),
    };
  }
  return {
    sign: async (data) => {
      if (standing === undefined || standing.until <= context.now()) {
        standing = { signer: certify(), until: context.now() + certificateUse };
      }
      const current = standing;
      try {
        return await (await current.signer).sign(data);
      } catch (error) {
        if (standing === current) standing = undefined;
        throw error;
      }
    },
  };
}

function witnessesOf(settings: KeySigning | KeylessSigning): readonly Witness[] {
  const { tsaUrl } = settings;
  const rekorBaseURL = logOf(settings);
  return [
    ...(rekorBaseURL === undefined ? [] : [new RekorWitness({ rekorBaseURL, ...logOptions })]),
    ...(tsaUrl === undefined ? [] : [new TSAWitness({ tsaBaseURL: tsaUrl, ...patience })]),
  ];
}

function logOf(settings: KeySigning | KeylessSigning): string | undefined {
  return isLogged(settings) ? (settings.rekorUrl ?? DEFAULT_REKOR_URL) : undefined;
}

/** What a service says in its own words, without `secret`. */
async function served<Result>(work: Promise<Result>, secret?: string): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && error.name === 'PrivateImageError') throw error;
    const said = messagesOf(error).join(': ');
    const safe = secret === undefined ? said : said.replaceAll(secret, '[token]');
    // The error itself is not kept as the cause: it may hold the token.
    throw signingError('signing/service', `The image cannot be signed: ${safe}`, {
      hint: 'Look whether the certificate authority, the log and the timestamp authority can be reached and accept the identity.',
    });
  }
}

function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  return error.cause === undefined ? [error.message] : [error.message, ...messagesOf(error.cause)];
}
