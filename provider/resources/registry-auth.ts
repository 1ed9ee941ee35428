import type { Credential, PlacedCredential } from '../registry/credentials/credential.js';

/**
 * The credentials in entries of the form `HOST[/PATH]=basic USER:PASSWORD`, `HOST[/PATH]=token TOKEN` (a bearer token as it is) and
 * `HOST[/PATH]=identity TOKEN` (an identity token that buys others). A fault names its entry by number, never by what it holds.
 */
export function readRegistryAuth(entries: readonly string[]): {
  readonly credentials: readonly PlacedCredential[];
  readonly faults: readonly string[];
} {
  const credentials: PlacedCredential[] = [];
  const faults: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const placed = placedCredential(entry);
    if (placed !== undefined) credentials.push(placed);
    else {
      faults.push(
        `has an entry (number ${index + 1}) that is none of "host/path=basic USER:PASSWORD", "host/path=token TOKEN" and "host/path=identity TOKEN"`,
      );
    }
  }
  return { credentials, faults };
}

function placedCredential(entry: string): PlacedCredential | undefined {
  const match =
    /^(?<place>[a-z0-9.[\]:-]+(?:\/[a-z0-9._/-]+)?)=(?<scheme>basic|token|identity) +(?<secret>\S.*)$/isu.exec(
      entry.trim(),
    );
  const { place = '', scheme = '', secret = '' } = match?.groups ?? {};
  const credential = credentialOf(scheme.toLowerCase(), secret);
  return credential === undefined ? undefined : { place, credential };
}

function credentialOf(scheme: string, secret: string): Credential | undefined {
  if (scheme === 'token') return { kind: 'bearer', token: secret };
  if (scheme === 'identity') return { kind: 'identity', token: secret };
  const colon = secret.indexOf(':');
  if (scheme !== 'basic' || colon < 1) return undefined;
  return { kind: 'password', username: secret.slice(0, colon), password: secret.slice(colon + 1) };
}
