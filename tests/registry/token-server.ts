/** A token server as registries use one: https://distribution.github.io/distribution/spec/auth/token/ */
import { createSign, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How tokens are made, and for whom. */
export interface TokenServerOptions {
  readonly user: string;
  readonly password: string;
  /** What `grant_type=refresh_token` is done with. */
  readonly refreshToken?: string;
  /** Signs tokens: RS256 with a private key in PEM, and its certificate in DER. Absent: they are no JWT, for our own registries. */
  readonly signer?: { readonly key: string; readonly certificate: Buffer; readonly issuer: string };
  /** Seconds that a token lives. */
  readonly term?: number;
}

/** A token server that runs. */
export interface TokenServer {
  readonly realm: string;
  /** `METHOD user scopes` of each token that was asked for. */
  readonly asked: readonly string[];
  /** The rights in tokens that were given. */
  readonly tokens: ReadonlyMap<string, readonly string[]>;
  /** From now on no token is good any more. */
  revoke(): void;
  close(): Promise<void>;
}

/** Starts a token server. Whoever is not the user gets no rights, and a wrong password 401. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const asked: string[] = [];
  const tokens = new Map<string, readonly string[]>();

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://tokens');
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const basic = /^Basic (.*)$/u.exec(request.headers.authorization ?? '')?.[1];
      const pair = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString('utf8');
      const scopes =
        request.method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
      const isUser =
        request.method === 'POST'
          ? options.refreshToken !== undefined && form.get('refresh_token') === options.refreshToken
          : pair === `${options.user}:${options.password}`;
      asked.push(`${request.method ?? ''} ${isUser ? options.user : 'nobody'} ${scopes.join(' ')}`);
      if (!isUser && (pair !== undefined || request.method === 'POST')) {
        response.writeHead(401).end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'who are you' }] }));
        return;
      }
      const granted = isUser ? scopes.filter((scope) => scope !== '') : [];
      const service = url.searchParams.get('service') ?? form.get('service') ?? '';
      const token = options.signer === undefined ? randomUUID() : jwt(options.signer, service, granted, options.term);
      tokens.set(token, granted);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ token, expires_in: options.term ?? 300, issued_at: new Date().toISOString() }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    asked,
    tokens,
    revoke: () => tokens.clear(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function jwt(
  { key, certificate, issuer }: NonNullable<TokenServerOptions['signer']>,
  service: string,
  scopes: readonly string[],
  term = 300,
): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type = '', ...rest] = scope.split(':');
    return { type, name: rest.slice(0, -1).join(':'), actions: (rest.at(-1) ?? '').split(',') };
  });
  const header = { typ: 'JWT', alg: 'RS256', x5c: [certificate.toString('base64')] };
  const claims = {
    iss: issuer,
    sub: 'me',
    aud: service,
    exp: now + term,
    nbf: now - 60,
    iat: now,
    jti: randomUUID(),
    access,
  };
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}
