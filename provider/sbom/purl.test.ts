import { PackageURL } from 'packageurl-js';
import { expect, it } from 'vitest';
import type { Package } from '../packages/package.js';
import { digestOf } from '../support/digest.js';
import { downloadLocation } from './download-location.js';
import { imagePurl, packagePurl } from './purl.js';

const debian = { id: 'debian', versionId: '12', codename: 'bookworm' };

function packageOf(changes: Partial<Package>, url = 'http://mirror.test/pool/main/z/zlib/z.deb'): Package {
  return {
    format: 'deb',
    name: 'zlib1g',
    version: '1:1.2.13.dfsg-1',
    architecture: 'amd64',
    origin: { name: 'zlib', version: '1:1.2.13.dfsg-1' },
    description: '',
    homepage: undefined,
    maintainer: undefined,
    license: undefined,
    installedSize: 0,
    archive: { url, size: 1, checksum: { algorithm: 'sha256', value: '0'.repeat(64) } },
    repository: 'debian bookworm main',
    ...changes,
  };
}

it.each([
  ['a source of another name', { name: 'zlib', version: '1' }, 'zlib'],
  ['a source of another version', { name: 'zlib1g', version: '1:1.2.12' }, 'zlib1g@1:1.2.12'],
  ['a source of its own name and version', { name: 'zlib1g', version: '1:1.2.13.dfsg-1' }, undefined],
])('a package from %s reads back', (_, origin, upstream) => {
  const one = packageOf({ origin: origin.version === '1' ? { ...origin, version: '1:1.2.13.dfsg-1' } : origin });
  const purl = PackageURL.fromString(packagePurl(one, debian));
  expect(purl).toMatchObject({ type: 'deb', namespace: 'debian', name: 'zlib1g', version: '1:1.2.13.dfsg-1' });
  expect({ ...purl.qualifiers }).toEqual({
    arch: 'amd64',
    distro: 'debian-12',
    ...(upstream === undefined ? {} : { upstream }),
  });
});

it.each(['libstdc++6', 'g++', 'lib32gcc-s1'])('the name %s survives', (name) => {
  expect(PackageURL.fromString(packagePurl(packageOf({ name }), debian)).name).toBe(name);
});

it.each([
  ['1:2.75-10+deb13u1+b3', '@1:2.75-10%2Bdeb13u1%2Bb3?'],
  ['1.2.13~rc1', '@1.2.13~rc1?'],
])('the version %s is written as the specification has it, and survives', (version, written) => {
  const purl = packagePurl(packageOf({ version, origin: { name: 'zlib', version } }), debian);
  expect(purl).toContain(written);
  expect(PackageURL.fromString(purl).version).toBe(version);
});

it('an image is named by its digest and no registry', () => {
  const digest = digestOf('x');
  const purl = PackageURL.fromString(imagePurl('53/web', digest, 'arm64'));
  expect(purl).toMatchObject({ type: 'oci', name: 'web', version: digest });
  expect({ ...purl.qualifiers }).toEqual({ arch: 'arm64' });
  expect(imagePurl('53/web', digest, undefined)).not.toContain('?');
});

it.each([
  [
    'debian bookworm main',
    'http://m.test/debian/pool/main/c/curl/c.deb',
    'https://ftp.debian.org/debian/pool/main/c/curl/c.deb',
  ],
  [
    'debian bookworm-updates main',
    'https://u:p@m.test/x/y/pool/main/c.deb',
    'https://ftp.debian.org/debian/pool/main/c.deb',
  ],
  [
    'debian bookworm-security main',
    'http://m.test/debian-security/pool/updates/main/c.deb',
    'https://security.debian.org/debian-security/pool/updates/main/c.deb',
  ],
  ['debian bookworm main', 'file:///srv/mirror/pool/main/c.deb', 'https://ftp.debian.org/debian/pool/main/c.deb'],
  ['debian bookworm main', 'http://m.test/odd/place.deb', undefined],
  ['wolfi', 'https://m.test/cache/x86_64/a-1-r0.apk', 'https://packages.wolfi.dev/os/x86_64/a-1-r0.apk'],
  [
    'alpine v3.20 main',
    'https://m.test/alpine/v3.20/main/x86_64/a-1-r0.apk',
    'https://dl-cdn.alpinelinux.org/alpine/v3.20/main/x86_64/a-1-r0.apk',
  ],
  ['acme stable main', 'https://user:secret@acme.test/apt/pool/a.deb?token=1#x', 'https://acme.test/apt/pool/a.deb'],
  ['acme stable main', 'file:///home/me/apt/pool/a.deb', undefined],
])('a package of %s at %s is at %s', (repository, url, location) => {
  expect(downloadLocation(packageOf({ repository }, url))).toBe(location);
});
