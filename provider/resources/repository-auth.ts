import type { HttpCredential } from '../support/http.js';
import { basicAuthorization, credentialBook } from '../support/http-credentials.js';

/**
 * The credentials in entries of the form `URL=basic USER:PASSWORD` and `URL=bearer TOKEN`. A fault names its entry by number, never by
 * what it holds.
 */
export function readRepositoryAuth(entries: readonly string[]): {
  readonly credentials: readonly HttpCredential[];
  readonly faults: readonly string[];
} {
  const credentials: HttpCredential[] = [];
  const faults: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const credential = credentialOf(entry);
    if (credential !== undefined && isUsable(credential)) credentials.push(credential);
    else {
      faults.push(
        `has an entry (number ${index + 1}) that is neither "https://host/path=basic USER:PASSWORD" nor "https://host/path=bearer TOKEN"`,
      );
    }
  }
  return { credentials, faults };
}

function credentialOf(entry: string): HttpCredential | undefined {
  const match = /^(?<prefix>\S+?)=(?<scheme>basic|bearer) +(?<secret>\S.*)$/isu.exec(entry.trim());
  const { prefix = '', scheme = '', secret = '' } = match?.groups ?? {};
  if (match === null) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { prefix, authorization: `Bearer ${secret}` };
  const colon = secret.indexOf(':');
  if (colon === -1) return undefined;
  return { prefix, authorization: basicAuthorization(secret.slice(0, colon), secret.slice(colon + 1)) };
}

function isUsable(credential: HttpCredential): boolean {
  try {
    credentialBook([credential]);
    return true;
  } catch {
    return false;
  }
}
