/*
 * Group 10: text beside what was signed, and answers that are read as better than they are.
 *
 * | case | tested in |
 * | --- | --- |
 * | unsigned text before, between or after the signed part of InRelease | here, as it comes over HTTP; provider/packages/deb/signature.test.ts (all forms) |
 * | … beside the signed part of an apk index | here; provider/packages/apk/index-archive.test.ts (every byte) |
 * | a verifier that fails is read as success | here: every way in which verifying can fail ends in an error |
 * | CRLF | here; provider/packages/deb/signature.test.ts |
 * | an encoded newline in a redirect | here; provider/support/http-client.test.ts |
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchPackages } from '../../provider/creator/fetch-packages.js';
import { makeApk, makeIndex } from '../../provider/packages/apk/testing/apk-maker.js';
import { describeError } from '../../provider/support/errors.js';
import { errorOf } from '../fixtures/error-of.js';
import { answerOf, openWorkshop, type Workshop } from './workshop.js';

let shop: Workshop;
beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop.close());

describe('an InRelease', () => {
  const evil = 'Origin: Evil\nSHA256:\n';
  const begin = '-----BEGIN PGP SIGNED MESSAGE-----';

  it.each<[string, string, (text: string) => string]>([
    ['with text before the signed part', 'repository/unsigned', (text) => `${evil}${text}`],
    ['with text behind it', 'repository/unsigned', (text) => `${text}${evil}`],
    ['with text between two signed parts', 'repository/unsigned', (text) => `${text}${evil}${text}`],
    [
      'with text between the signed part and its signature',
      'repository/bad-signature',
      (text) => text.replace('-----BEGIN PGP SIGNATURE', `${evil}-----BEGIN PGP SIGNATURE`),
    ],
    ['with text among its armour headers', 'repository/unsigned', (text) => text.replace('\nHash', `\n${evil}Hash`)],
    [
      'with a second beginning inside',
      'repository/bad-signature',
      (text) => text.replace('Origin', `${begin}\nOrigin`),
    ],
    ['with CRLF', 'repository/bad-signature', (text) => text.replaceAll('\n', '\r\n')],
    [
      'with CRLF in one line',
      'repository/bad-signature',
      (text) => text.replace('Suite: stable\n', 'Suite: stable\r\n'),
    ],
    ['with a lone CR', 'repository/bad-signature', (text) => text.replace('Suite', 'Codename: x\rSuite')],
    ['whose signature is cut off', 'repository/bad-signature', (text) => text.slice(0, -80)],
    [
      'whose signature is empty',
      'repository/bad-signature',
      (text) => text.replace(/(BEGIN PGP SIGNATURE-----\n)[\s\S]*?(\n-----END)/u, '$1$2'),
    ],
    [
      'whose signature is nonsense',
      'repository/bad-signature',
      (text) => text.replace(/(BEGIN PGP SIGNATURE-----\n\n)[\s\S]*?(\n-----END)/u, `$1${'A'.repeat(64)}$2`),
    ],
    [
      'whose signature is of another release',
      'repository/bad-signature',
      (text) => text.replace(/Date: .*/u, 'Date: Sat, 28 Feb 2026 13:00:00 UTC'),
    ],
    ['that is a page of a proxy', 'repository/unsigned', () => '<html>Please sign in</html>'],
    ['that is empty', 'repository/unsigned', () => ''],
  ])('%s is refused, and the one that was there before is still the one', async (_, code, spoil) => {
    await shop.writeDebIndex(await shop.putDeb({ name: 'good', version: '1', architecture: 'amd64' }));
    await shop.deb();
    await shop.writeDebIndex(await shop.putDeb({ name: 'evil', version: '1', architecture: 'amd64' }), { spoil });
    const error = await errorOf(shop.deb());
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${shop.server.url} stable`);
    expect(describeError(error)).not.toContain('Evil');
    expect([...(await shop.deb({ offline: true })).names()]).toEqual(['good']);
  });
});

describe('an apk index', () => {
  it.each<[string, string, (its: { signature: Buffer; content: Buffer; other: Buffer }) => Buffer]>([
    [
      'unsigned content before it',
      'repository/unsigned',
      ({ signature, content, other }) => join(other, signature, content),
    ],
    [
      'unsigned content in its midst',
      'repository/bad-signature',
      ({ signature, content, other }) => join(signature, other, content),
    ],
    [
      'unsigned content behind it',
      'repository/bad-signature',
      ({ signature, content, other }) => join(signature, content, other),
    ],
    ['a signature that is cut off', 'archive/truncated', ({ signature }) => signature.subarray(0, -10)],
    ['a signature alone', 'repository/bad-signature', ({ signature }) => signature],
    ['a page of a proxy instead', 'archive/malformed', () => Buffer.from('<html>Please sign in</html>')],
    ['nothing in it', 'archive/truncated', () => Buffer.alloc(0)],
  ])('with %s is refused', async (_, code, spoil) => {
    const good = await makeApk({ name: 'good' }, shop.apkKey);
    await shop.writeApkIndex([good.stanza]);
    await shop.apk();
    const content = await makeIndex([good.stanza]);
    const signed = await readFile(path.join(shop.folder, 'mirror/x86_64/APKINDEX.tar.gz'));
    const signature = signed.subarray(0, signed.length - content.length);
    const other = await makeIndex([(await makeApk({ name: 'evil' })).stanza]);
    await shop.write('x86_64/APKINDEX.tar.gz', spoil({ signature, content, other }));
    const error = await errorOf(shop.apk());
    expect(error.code).toBe(code);
    expect(error.message).toContain(shop.server.url);
    expect([...(await shop.apk({ offline: true })).names()]).toEqual(['good']);
  });

  function join(...parts: readonly Buffer[]): Buffer {
    return Buffer.concat(parts);
  }
});

describe('a verifier that cannot verify', () => {
  it.each<[string, readonly string[]]>([
    ['no key', []],
    [
      'a key that cannot be read',
      ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n'],
    ],
    ['a key file that is empty', ['']],
  ])('deb: has %s, and says so', async (_, keyring) => {
    await shop.writeDebIndex('');
    expect((await errorOf(shop.deb({ keyring }))).code).toBe('repository/bad-keyring');
  });

  it('apk: has no key, and says so', async () => {
    await shop.writeApkIndex([]);
    expect((await errorOf(shop.apk({ keyring: new Map() }))).code).toBe('repository/untrusted-key');
  });
});

describe('a redirect with an encoded newline', () => {
  it.each(['%0aAuthorization:%20x', '%0D%0A', '%0a'])('to %s is refused: index and archive', async (smuggled) => {
    const stanza = await shop.putDeb({ name: 'one', version: '1', architecture: 'amd64' });
    await shop.writeDebIndex(stanza);
    const source = await shop.deb();
    expect(answerOf(source, ['one'])).toBe('one=1');
    shop.server.answer = (_name, response) => {
      response.writeHead(302, { location: `/elsewhere${smuggled}` }).end();
      return true;
    };
    const asked = shop.server.requests.length;
    const index = await errorOf(shop.deb());
    expect(index.code).toBe('repository/unreachable');
    expect(describeError(index)).toContain('redirects to something that is not a URL');
    const archive = await errorOf(fetchPackages(shop.creator, source.get('one')));
    expect(archive.code).toBe('package/unreachable');
    expect(shop.server.requests.slice(asked).filter((one) => one.path.includes('elsewhere'))).toEqual([]);
  });
});
