// @ts-check
/** What the builds of the bench are told: a catalog of its own, and a file for apko. */
import { copyFileSync, mkdirSync, symlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { corpora } from './corpus.mjs';

/** @typedef {import('./corpus.mjs').CorpusSize} CorpusSize */
/** @typedef {import('./repositories.mjs').State} State */

/**
 * @typedef {object} Workspace
 * @property {string} folder
 * @property {(size: CorpusSize) => string} apkoFile both ours and apko build it
 * @property {(format: 'deb' | 'apk', cache: string) => NodeJS.ProcessEnv} environment in which the starters are known
 * @property {(size: CorpusSize) => string} starter its name, the same for both formats
 * @property {(state: State) => void} turnTo makes a state of the repositories the one that is read
 */

/**
 * @param {string} folder
 * @param {import('./repositories.mjs').Repositories} repositories
 * @returns {Workspace}
 */
export function createWorkspace(folder, repositories) {
  const catalog = join(folder, 'catalog');
  for (const one of ['debian/keys', 'wolfi/keys']) mkdirSync(join(catalog, one), { recursive: true });
  copyFileSync(repositories.debKey, join(catalog, 'debian/keys/bench.asc'));
  copyFileSync(repositories.apkKey, join(catalog, 'wolfi/keys/bench.rsa.pub'));
  const suite = { version: '1', released: '2020-01-01', 'end-of-support': '2090-01-01', keys: ['bench'] };
  write(join(catalog, 'debian/distribution.yaml'), {
    title: 'Debian',
    format: 'deb',
    components: ['main'],
    pockets: [{ name: 'release', suite: '{suite}', mirror: 'debian' }],
    suites: [{ name: 'bench', ...suite }],
    keys: [{ name: 'bench', file: 'keys/bench.asc', fingerprint: repositories.debFingerprint }],
    replacements: [{ kind: 'merged-usr' }],
  });
  write(join(catalog, 'wolfi/distribution.yaml'), {
    title: 'Wolfi',
    format: 'apk',
    pockets: [{ name: 'os', mirror: 'wolfi' }],
    suites: [{ name: 'rolling', ...suite }],
    keys: [{ name: 'bench', file: 'keys/bench.rsa.pub', fingerprint: repositories.apkFingerprint }],
  });
  for (const [size, packages] of Object.entries(corpora)) {
    for (const distribution of ['debian', 'wolfi']) {
      write(join(catalog, distribution, `bench-${size}.yaml`), {
        title: `${size} packages`,
        description: 'For measuring.',
        category: 'base',
        distribution,
        primary: { package: '^bench-line-(?<line>\\d+)$', version: '^(?<version>\\d+\\.\\d+)' },
        lines: { each: 'index' },
        allow: ['**'],
        contents: { packages: ['bench-line-{line}', ...packages] },
        entrypoint: { command: '/usr/bin/curl' },
      });
    }
    write(join(folder, `apko-${size}.yaml`), {
      contents: { repositories: [join(folder, 'apk')], keyring: [repositories.apkKey], packages },
      entrypoint: { command: '/usr/bin/curl' },
      archs: ['amd64'],
    });
  }
  return {
    folder,
    apkoFile: (size) => join(folder, `apko-${size}.yaml`),
    starter: (size) => `bench-${size}`,
    environment: (format, cache) => ({
      ...process.env,
      PRIVATE_IMAGE_CATALOGS: catalog,
      PRIVATE_IMAGE_CACHE: cache,
      PRIVATE_IMAGE_DISTRIBUTION: format === 'deb' ? 'debian' : 'wolfi',
      PRIVATE_IMAGE_DEBIAN_MIRROR: `file://${folder}/deb`,
      PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR: `file://${folder}/deb`,
      PRIVATE_IMAGE_WOLFI_MIRROR: `file://${folder}/apk`,
    }),
    turnTo: (state) => {
      for (const format of ['deb', 'apk']) {
        rmSync(join(folder, format), { force: true });
        symlinkSync(join(repositories.folder, format, state), join(folder, format));
      }
    },
  };
}

/**
 * @param {string} file
 * @param {unknown} content
 */
function write(file, content) {
  writeFileSync(file, stringify(content));
}
