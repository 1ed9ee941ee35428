/** Signatures: what is made of an image so that anyone can tell who made it, with the public tools. */
import type { HttpClient } from '../support/http.js';

/** How images are signed. Secrets in here come from the fronts and are kept out of messages, logs and state. */
export type SigningSettings = KeySigning | KeylessSigning | NoSigning;

/** Where signatures are kept: as referrers (sigstore bundles), under the older `.sig` and `.att` tags, or both. */
export type SignatureForm = 'bundle' | 'tags' | 'both';

/** With a key pair of one's own. */
export interface KeySigning {
  readonly kind: 'key';
  /** PEM: PKCS#8, encrypted PKCS#8, or a key that `cosign generate-key-pair` made. A secret. */
  readonly privateKey: string;
  /** Of an encrypted key. A secret. */
  readonly password?: string | undefined;
  /** A transparency log that takes the signature in; none when undefined. */
  readonly rekorUrl?: string | undefined;
  /** A timestamp authority that says when it was made; none when undefined. */
  readonly tsaUrl?: string | undefined;
  readonly form?: SignatureForm | undefined;
}

/** With a short-lived certificate for whom an OIDC token names. */
export interface KeylessSigning {
  readonly kind: 'keyless';
  /** A secret. Undefined: `SIGSTORE_ID_TOKEN`, else the token that GitHub Actions hands out. */
  readonly identityToken?: string | undefined;
  /** Undefined: the public good instance. */
  readonly fulcioUrl?: string | undefined;
  /** Undefined: the public good instance; `none` where a timestamp authority alone proves the time. */
  readonly rekorUrl?: string | undefined;
  readonly tsaUrl?: string | undefined;
  readonly form?: SignatureForm | undefined;
}

/** Not at all. */
export interface NoSigning {
  readonly kind: 'none';
}

/** Whether signatures are entered in a transparency log: those of an identity always, unless that is switched off. */
export function isLogged({ kind, rekorUrl }: KeySigning | KeylessSigning): boolean {
  return rekorUrl === undefined ? kind === 'keyless' : rekorUrl !== 'none';
}

/** What signing needs of the world. */
export interface SigningContext {
  readonly http: HttpClient;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One sentence that says how images are signed, to be shown with every publish: that nothing is signed is said aloud. */
export function describeSigning(settings: SigningSettings): string {
  if (settings.kind === 'none') {
    return 'The image is not signed: nobody can tell that it is yours. Give a signing key, or sign with an identity token.';
  }
  const log = settings.rekorUrl ?? (settings.kind === 'keyless' ? 'the public transparency log' : 'none');
  const logged = log === 'none' ? 'in no transparency log' : `entered in ${log}`;
  return settings.kind === 'key'
    ? `Signed with a key, ${logged}.`
    : `Signed with an identity, certified by ${settings.fulcioUrl ?? 'the public certificate authority'}, ${logged}.`;
}
