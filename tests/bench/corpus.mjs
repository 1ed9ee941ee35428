// @ts-check
/** The packages that images are built of: real ones of Debian, by name, whatever version the mirror has. */
import { join } from 'node:path';
import { cache, root } from '../setup/paths.mjs';

/** What is costly to make and the same for every run. */
export const benchCache = join(cache, 'bench');

/** The suite that the packages are of. */
const suite = 'trixie';

const small = `
  curl gcc-14-base libc6 libcurl4t64 libffi8 libgcc-s1 libgmp10 libgnutls30t64 libidn2-0 libp11-kit0 libssl3t64
  libtasn1-6 libunistring5 libzstd1 tzdata zlib1g
`;
const middle = `
  libargon2-1 libbrotli1 libcap2 libgssapi-krb5-2 libhogweed6t64 libk5crypto3 libkrb5-3 libkrb5support0 libldap2
  libnettle8t64 libnghttp2-14 libnghttp3-9 libpcre2-8-0 libpsl5t64 librtmp1 libsasl2-2 libsasl2-modules-db libselinux1
  libsodium23 libssh2-1t64 libtinfo6 libxml2 media-types nginx nginx-common perl-base php-common php8.4-cli
  php8.4-common php8.4-fpm php8.4-opcache php8.4-readline
`;
const large = `
  fontconfig-config fonts-dejavu-core fonts-dejavu-mono git git-man libabsl20240722 libacl1 libaom3 libapparmor1
  libatomic1 libattr1 libaudit1 libavif16 libblkid1 libbsd0 libbz2-1.0 libc-bin libcap-ng0 libcom-err2 libcrypt1
  libcurl3t64-gnutls libdav1d7 libdb5.3t64 libde265-0 libdebconfclient0 libdeflate0 libedit2 liberror-perl libexpat1
  libfontconfig1 libfreetype6 libgav1-1 libgcrypt20 libgd3 libgdbm-compat4t64 libgdbm6t64 libgomp1 libgpg-error0
  libheif-plugin-dav1d libheif-plugin-libde265 libheif1 libicu76 libimagequant0 libio-pty-perl libipc-run-perl
  libjbig0 libjemalloc2 libjpeg62-turbo libjson-perl libkeyutils1 liblerc4 liblz4-1 liblzf1 liblzma5 libmd0 libmnl0
  libmount1 libncursesw6 libngtcp2-16 libngtcp2-crypto-gnutls8 libpam0g libpng16-16t64 libpq5 libproc2-0
  libpython3-stdlib libpython3.13-minimal libpython3.13-stdlib librav1e0.7 libreadline8t64 libseccomp2 libsharpyuv0
  libsmartcols1 libsqlite3-0 libstdc++6 libsvtav1enc2 libsystemd0 libtiff6 libuuid1 libwebp7 libx11-6 libx11-data
  libxau6 libxcb1 libxdmcp6 libxpm4 libxslt1.1 libxxhash0 libyuv0 netbase openssl openssl-provider-legacy perl
  perl-modules-5.40 php8.4-curl php8.4-gd php8.4-intl postgresql-17 postgresql-client-17 postgresql-client-common
  postgresql-common postgresql-common-dev procps psmisc python3 python3-minimal python3.13 python3.13-minimal
  readline-common redis-server redis-tools sysvinit-utils tar
`;
/** Names of packages by how many there are: about 30, 80 and 350 MB when unpacked; a larger set holds the smaller ones. */
export const corpora = {
  16: named(small),
  48: named(small, middle),
  160: named(small, middle, large),
};

/** @typedef {keyof typeof corpora} CorpusSize */

/** The packages of which there is a second version: one that has a layer to itself, and one that shares it. */
export const updated = { large: 'libssl3t64', small: 'libidn2-0' };

/**
 * @typedef {object} CorpusPackage
 * @property {import('../../provider/packages/deb/deb-package.js').DebPackage} package
 * @property {string} file its archive
 */

/**
 * The packages of the largest set, fetched where they are not there yet. Throws when the mirror has one of them no more.
 * @returns {Promise<readonly CorpusPackage[]>}
 */
export async function corpus() {
  /** @type {typeof import('../../provider/creator/open-creator.js')} */
  const { openCreator } = await import(join(root, 'dist/provider/creator/open-creator.js'));
  /** @type {typeof import('../../provider/creator/fetch-packages.js')} */
  const { fetchPackages } = await import(join(root, 'dist/provider/creator/fetch-packages.js'));
  /** @type {typeof import('../../provider/creator/suites.js')} */
  const { openSuites } = await import(join(root, 'dist/provider/creator/suites.js'));
  /** @type {typeof import('../../provider/resources/configuration.js')} */
  const { readConfiguration } = await import(join(root, 'dist/provider/resources/configuration.js'));
  const environment = { ...process.env, PRIVATE_IMAGE_CACHE: join(benchCache, 'fetched') };
  const settings = readConfiguration({ environment, workingDirectory: benchCache, home: benchCache });
  const creator = openCreator(settings, { environment, clock: () => new Date(), report: () => undefined });
  try {
    const catalog = await creator.catalog();
    const debian = catalog.distributions.get('debian');
    const [opened] = debian === undefined ? [] : await openSuites(creator, debian, debian.suites.filter(isOurs));
    if (opened === undefined) throw new Error(`the catalog has no ${suite}`);
    const source = await opened.source('amd64');
    const packages = corpora[160].map((name) => {
      const found = [...source.get(name)].sort((left, right) => source.order(left.version, right.version)).at(-1);
      if (found === undefined) throw new Error(`the mirror has no ${name} in ${suite}`);
      return found;
    });
    const stored = await fetchPackages(creator, packages);
    return [...stored.values()].map((one) => ({
      package: /** @type {import('../../provider/packages/deb/deb-package.js').DebPackage} */ (one.package),
      file: creator.store.pathOf(one.archive),
    }));
  } finally {
    await creator.close();
  }
}

/** @param {{ readonly name: string }} one */
function isOurs(one) {
  return one.name === suite;
}

/** @param {readonly string[]} lists */
function named(...lists) {
  return lists.flatMap((list) => list.trim().split(/\s+/u)).sort();
}
