import type { Distribution, Suite } from './distribution.js';
import type { DistributionFile } from './distribution-schema.js';
import { loadKeys } from './keys.js';

/** A checked distribution file of `folder`, with its keys read and compared with their pinned fingerprints. */
export async function distributionOf(name: string, folder: string, file: DistributionFile): Promise<Distribution> {
  const keys = await loadKeys(folder, file.keys);
  return {
    name,
    title: file.title,
    format: file.format,
    suites: file.suites
      .map((suite) => suiteOf(suite, file, keys))
      .sort((left, right) => (left.released < right.released ? -1 : 1)),
    assumedPresent: file['assumed-present'],
    replacements: file.replacements,
    exclude: file.exclude,
    allow: file.allow,
    image: file.image,
  };
}

function suiteOf(
  suite: DistributionFile['suites'][number],
  file: DistributionFile,
  keys: ReadonlyMap<string, string>,
): Suite {
  const keyring = suite.keys.flatMap((name) => keys.get(name) ?? []);
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
      keyring,
    })),
  };
}
