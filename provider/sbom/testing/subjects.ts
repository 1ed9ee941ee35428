import type { Package } from '../../packages/package.js';
import { type Digest, digestOf } from '../../support/digest.js';
import type { SbomImage, SbomPackage, SbomSubject } from '../subject.js';

export const digest = (seed: string): Digest => digestOf(seed);

export function debian(name: string, version: string, changes: Partial<Package> = {}): Package {
  return {
    format: 'deb',
    name,
    version,
    architecture: 'amd64',
    origin: { name, version },
    description: `the ${name} package`,
    homepage: `https://example.org/${name}`,
    maintainer: 'Jane Doe <jane@example.org>',
    license: undefined,
    installedSize: 1000,
    archive: {
      url: `http://mirror.test/debian/pool/main/x/${name}_${version}_amd64.deb`,
      size: 10,
      checksum: { algorithm: 'sha256', value: digest(name).slice(7) },
    },
    repository: 'debian bookworm main',
    ...changes,
  };
}

export function installed(one: Package, changes: Partial<SbomPackage> = {}): SbomPackage {
  return {
    package: one,
    archive: digest(one.name),
    license: undefined,
    reason: 'starter',
    because: one.name,
    dependsOn: [],
    ...changes,
  };
}

export function imageOf(architecture: 'amd64' | 'arm64', packages: readonly SbomPackage[]): SbomImage {
  return { architecture, digest: digest(`manifest ${architecture}`), packages, assumed: [] };
}

const curl = debian('curl', '7.88.1-10', { maintainer: 'Debian Curl Team <team+curl@example.org>' });
const libcurl = debian('libcurl4', '7.88.1-10+b1', { origin: { name: 'curl', version: '7.88.1-10' } });
const tzdata = debian('tzdata', '2024a-0+deb12u1', { architecture: 'all' });
const libstdc = debian('libstdc++6', '1:12.2.0-14', { origin: { name: 'gcc-12', version: '1:12.2.0-14' } });

export const amd64: SbomImage = {
  ...imageOf('amd64', [
    installed(curl, {
      reason: 'added',
      because: 'curl',
      license: 'curl AND LicenseRef-SSLeay',
      dependsOn: ['libcurl4', 'libstdc++6'],
    }),
    installed(libcurl, { reason: 'dependency', because: 'curl', license: 'curl', dependsOn: ['libstdc++6', 'curl'] }),
    installed(tzdata, { license: 'LicenseRef-public-domain' }),
    installed(libstdc, { reason: 'dependency', because: 'libcurl4' }),
  ]),
  assumed: [{ name: 'dpkg', requiredBy: ['tzdata', 'curl'] }],
};

export const image: SbomSubject = {
  repository: '53/web',
  line: '3.11',
  version: '3.11.2',
  variant: 'production',
  index: undefined,
  images: [amd64],
  created: 1_700_000_000,
  distribution: { id: 'debian', versionId: '12', codename: 'bookworm' },
  skipped: ['php-redis-auto'],
  bundles: [
    {
      reference: `53/certs@${digest('bundle')}`,
      files: [
        { path: '/usr/local/share/ca-certificates/b.crt', digest: digest('b'), size: 12 },
        { path: '/usr/local/share/ca-certificates/a.crt', digest: digest('a'), size: 11 },
      ],
    },
  ],
  build: { plan: digest('plan'), catalogVersion: '0.1.0', toolVersion: '0.1.0' },
};

/** The same image in the document that lies in it. */
export const imageInside: SbomSubject = { ...image, images: [{ ...amd64, digest: undefined }], build: undefined };

export const index: SbomSubject = {
  ...image,
  index: digest('index'),
  images: [
    amd64,
    imageOf('arm64', [installed(tzdata), installed(debian('curl', '7.88.1-10', { architecture: 'arm64' }))]),
  ],
};
