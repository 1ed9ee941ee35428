import { describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { describeError, PrivateImageError } from '../support/errors.js';
import type { GetOptions, HttpClient } from '../support/http.js';
import { findIdentityToken } from './identity-token.js';
import type { SigningContext } from './signing.js';

const now = Date.UTC(2026, 0, 1);

function token(claims: object): string {
  return ['{}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

const good = token({ iss: 'https://issuer.example', sub: 'me', exp: now / 1000 + 60 });
const other = token({ iss: 'https://issuer.example', sub: 'you' });

/** A client that answers every request with `body`, and notes what it was asked. */
function answering(body: string | Error, asked: { url: string; options: GetOptions | undefined }[] = []): HttpClient {
  return {
    get: (url, options) => {
      asked.push({ url, options });
      if (typeof body !== 'string') return Promise.reject(body);
      const content = (async function* () {
        yield await Promise.resolve(Buffer.from(body));
      })();
      return Promise.resolve({ status: 200, headers: {}, url, body: content, discard: () => Promise.resolve() });
    },
    close: () => Promise.resolve(),
  };
}

function context(
  environment: SigningContext['environment'] = {},
  http = answering(new Error('no network')),
): SigningContext {
  return { environment, http, now: () => now };
}

const github = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://actions.example/token?api-version=2',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
};

describe('an identity token', () => {
  it('is the one given, before any of the environment', async () => {
    expect(await findIdentityToken(good, context({ SIGSTORE_ID_TOKEN: other, ...github }))).toBe(good);
  });

  it('is that of SIGSTORE_ID_TOKEN, before that of GitHub', async () => {
    expect(await findIdentityToken(undefined, context({ SIGSTORE_ID_TOKEN: `${good}\n`, ...github }))).toBe(good);
  });

  it('is asked of GitHub Actions for sigstore, with the token of the job', async () => {
    const asked: { url: string; options: GetOptions | undefined }[] = [];
    const http = answering(JSON.stringify({ value: good }), asked);
    expect(await findIdentityToken('', context(github, http))).toBe(good);
    expect(asked.map(({ url }) => url)).toEqual(['https://actions.example/token?api-version=2&audience=sigstore']);
    expect(asked[0]?.options?.headers).toMatchObject({ authorization: 'Bearer request-secret' });
  });

  it.each<[string, string | undefined, SigningContext]>([
    ['is nowhere', undefined, context()],
    ['is empty', ' ', context({ SIGSTORE_ID_TOKEN: '' })],
    ['is no token', 'hunter2', context()],
    ['has claims that are no JSON', 'a.b.c', context()],
    ['names no issuer', token({ sub: 'me' }), context()],
    ['names nobody', token({ iss: 'https://issuer.example' }), context()],
    ['has expired', token({ iss: 'https://issuer.example', sub: 'me', exp: now / 1000 - 1 }), context()],
    ['has an address that is not verified', token({ iss: 'i', sub: 'me', email: 'a@example.com' }), context()],
    ['is not handed out by GitHub', undefined, context(github, answering(new PrivateImageError('http/status', '403')))],
    ['is answered wrongly by GitHub', undefined, context(github, answering('{"value":""}'))],
    ['is answered as no JSON by GitHub', undefined, context(github, answering(`oops ${good}`))],
  ])('is refused when it %s, and not told', async (_, given, where) => {
    const error = await errorOf(findIdentityToken(given, where));
    expect(error.code).toBe('signing/no-identity');
    const told = `${describeError(error)} ${JSON.stringify(error.data)}`;
    for (const secret of [given?.trim(), good, 'request-secret']) if (secret) expect(told).not.toContain(secret);
  });
});
