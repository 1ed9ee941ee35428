import { gzipSync } from 'node:zlib';
import * as openpgp from 'openpgp';
import { digestOf } from '../../../support/digest.js';
import { PrivateImageError } from '../../../support/errors.js';
import type { HttpClient } from '../../../support/http.js';

/** A key pair for a test's repository. */
export interface TestKey {
  readonly armoured: string;
  readonly privateKey: openpgp.PrivateKey;
}

/** Makes a signing key; `options` go to openpgp as they are. */
export async function makeKey(options: { date?: Date; keyExpirationTime?: number } = {}): Promise<TestKey> {
  const made = await openpgp.generateKey({ type: 'ecc', userIDs: [{ name: 'Archive' }], format: 'object', ...options });
  return { armoured: made.publicKey.armor(), privateKey: made.privateKey };
}

/** `text` clear-signed by `keys` at `date`. */
export async function clearSign(text: string, keys: readonly TestKey[], date: Date): Promise<string> {
  const message = await openpgp.createCleartextMessage({ text });
  const signed: unknown = await openpgp.sign({ message, signingKeys: keys.map((key) => key.privateKey), date });
  return String(signed).replaceAll('\r\n', '\n');
}

/** A detached armoured signature of `text`. */
export async function detachedSign(text: string, key: TestKey, date: Date): Promise<string> {
  const message = await openpgp.createMessage({ binary: Buffer.from(text) });
  const signed: unknown = await openpgp.sign({ message, signingKeys: key.privateKey, date, detached: true });
  return String(signed).replaceAll('\r\n', '\n');
}

/** A Release over `files`, with more fields before its checksums. */
export function makeRelease(files: ReadonlyMap<string, Uint8Array>, fields: Readonly<Record<string, string>>): string {
  const head = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
  const sums = [...files].map(
    ([path, content]) => ` ${digestOf(content).slice('sha256:'.length)} ${content.length} ${path}`,
  );
  return [...head, 'SHA256:', ...sums].join('\n');
}

/** The index of an amd64 and arm64 `main`, from the text of a Packages file, gzipped. */
export function makeIndexFiles(packages: string): Map<string, Uint8Array> {
  const packed = gzipSync(packages);
  return new Map(['amd64', 'arm64'].map((architecture) => [`main/binary-${architecture}/Packages.gz`, packed]));
}

/** A stanza of a Packages file; `more` overrides and adds fields. */
export function makeStanza(name: string, more: Readonly<Record<string, string>> = {}): string {
  const fields = {
    Package: name,
    Version: '1.0-1',
    Architecture: 'amd64',
    Maintainer: 'A. Person <person@example.org>',
    'Installed-Size': '12',
    Filename: `pool/main/${name}_1.0-1_amd64.deb`,
    Size: '1234',
    SHA256: digestOf(name).slice('sha256:'.length),
    Description: `the package ${name}`,
    ...more,
  };
  return `${Object.entries(fields)
    .map(([field, value]) => `${field}: ${value}`)
    .join('\n')}\n\n`;
}

/** An HTTP client over a map from URL to content that keeps a log of what was asked for. */
export function mapClient(files: ReadonlyMap<string, Uint8Array | string>): HttpClient & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    get: (url, options) => {
      asked.push(url);
      const content = files.get(url);
      if (content === undefined) {
        return Promise.reject(new PrivateImageError('http/status', `${url} answers 404`, { data: { status: 404 } }));
      }
      const etag = digestOf(content);
      const same = options?.headers?.['if-none-match'] === etag;
      return Promise.resolve({
        status: same ? 304 : 200,
        headers: { etag },
        url,
        body: once(same ? '' : content),
        discard: () => Promise.resolve(),
      });
    },
    close: () => Promise.resolve(),
  };
}

async function* once(content: Uint8Array | string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(content));
}
