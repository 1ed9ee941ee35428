import type { HttpClient } from '../support/http.js';
import { tokenAnswerSchema, tokenClaimsSchema } from './schema.js';
import { signingError } from './signing-error.js';
import type { SigningContext } from './signing.js';

/** For whom a token is meant: what certificate authorities of sigstore ask for. */
const audience = 'sigstore';

/** Whom an identity token names. */
export interface Identity {
  readonly issuer: string;
  /** The address in certificates for it; undefined where the authority makes a name of its own out of the token. */
  readonly address: string | undefined;
}

/** Whom the token at hand names; undefined where none is, as long as nobody has asked for one, or it is none. */
export function identityAtHand(
  given: string | undefined,
  environment: SigningContext['environment'],
): Identity | undefined {
  const [, payload] = (nonEmpty(given) ?? nonEmpty(environment['SIGSTORE_ID_TOKEN']) ?? '').split('.');
  const claims = payload === undefined ? undefined : readClaims(payload);
  return claims === undefined ? undefined : { issuer: claims.iss, address: claims.email };
}

/**
 * The identity token to sign with: the one given, else `SIGSTORE_ID_TOKEN` (as GitLab and others set it), else the one that GitHub
 * Actions hands out. Throws `signing/no-identity`, which never repeats the token.
 */
export async function findIdentityToken(given: string | undefined, context: SigningContext): Promise<string> {
  const { environment, http, now } = context;
  const token = nonEmpty(given) ?? nonEmpty(environment['SIGSTORE_ID_TOKEN']) ?? (await askGitHub(environment, http));
  if (token === undefined) {
    throw noIdentity(
      'There is no identity token to sign with',
      'Set SIGSTORE_ID_TOKEN, or let the GitHub job have the permission "id-token: write".',
    );
  }
  assertToken(token, now());
  return token;
}

/** Says what is wrong with a token before a library does, which would repeat it. */
function assertToken(token: string, now: number): void {
  const [, payload, signature] = token.split('.');
  const claims = payload === undefined || signature === undefined ? undefined : readClaims(payload);
  if (claims === undefined) {
    throw noIdentity(
      'The identity token is no JSON web token that names its issuer and its subject',
      'Give an OIDC ID token for the audience "sigstore".',
    );
  }
  if (claims.email !== undefined && claims.email_verified !== true) {
    throw noIdentity(
      'The identity token has an address that its issuer has not verified',
      'Verify the address with the issuer.',
    );
  }
  if (claims.exp !== undefined && claims.exp * 1000 <= now) {
    throw noIdentity('The identity token has expired', 'Get a new one right before signing.');
  }
}

function readClaims(payload: string): ReturnType<typeof tokenClaimsSchema.parse> | undefined {
  try {
    return tokenClaimsSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect */
async function askGitHub(environment: SigningContext['environment'], http: HttpClient): Promise<string | undefined> {
  const address = nonEmpty(environment['ACTIONS_ID_TOKEN_REQUEST_URL']);
  const secret = nonEmpty(environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']);
  if (address === undefined || secret === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  try {
    const headers = { accept: 'application/json', authorization: `Bearer ${secret}` };
    const answer = await http.get(url.href, { headers, maxBytes: 1024 * 1024 });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return tokenAnswerSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).value;
  } catch (error) {
    throw signingError('signing/no-identity', 'GitHub Actions did not hand out an identity token', {
      hint: 'Let the job have the permission "id-token: write".',
      // An answer that cannot be parsed may be quoted by the parser, and be the token.
      ...(error instanceof Error && error.name === 'PrivateImageError' ? { cause: error } : {}),
    });
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

function noIdentity(message: string, hint: string): Error {
  return signingError('signing/no-identity', message, { hint });
}
