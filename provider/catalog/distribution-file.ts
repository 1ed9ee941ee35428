import { basename } from 'node:path';
import type { Distribution, PocketKey, Suite } from './distribution.js';
import type { DistributionFile } from './distribution-schema.js';
import { loadKeys } from './keys.js';

/** A checked distribution file of `folder`, with its keys read by `read` and compared with their pinned fingerprints. */
export async function distributionOf(
  name: string,
  folder: string,
  file: DistributionFile,
  read: (path: string) => Promise<string>,
): Promise<Distribution> {
  const contents = await loadKeys(folder, file.format, file.keys, read);
  const keys = new Map(
    file.keys.map((key) => [key.name, { name: basename(key.file), content: contents.get(key.name) ?? '' }] as const),
  );
  return {
    name,
    title: file.title,
    format: file.format,
    suites: file.suites
      .map((suite) => suiteOf(suite, file, keys))
      .sort((left, right) => (left.released < right.released ? -1 : 1)),
    assumedPresent: file['assumed-present'],
    handledScripts: file['handled-scripts'],
    replacements: file.replacements,
    documentation: file.documentation,
    exclude: file.exclude,
    allow: file.allow,
    fips: file.fips,
    signedBy: file['signed-by'],
    dev: file.dev,
    image: file.image,
  };
}

function suiteOf(
  suite: DistributionFile['suites'][number],
  file: DistributionFile,
  keys: ReadonlyMap<string, PocketKey>,
): Suite {
  const trusted = suite.keys.flatMap((name) => keys.get(name) ?? []);
  const trust =
    file.format === 'deb' ? { keyring: trusted.map((key) => key.content), keys: [] } : { keyring: [], keys: trusted };
  return {
    name: suite.name,
    version: suite.version,
    released: suite.released,
    endOfSupport: suite['end-of-support'],
    endOfLife: suite['end-of-life'],
    pockets: file.pockets.map((pocket) => ({
      name: pocket.name,
      suite: pocket.suite.replaceAll('{suite}', suite.name),
      mirror: pocket.mirror,
      components: file.components,
      ...trust,
    })),
  };
}
