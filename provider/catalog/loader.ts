import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { malformed, unreadable } from './catalog-error.js';
import type { Fault } from './catalog-error.js';
import { catalogFiles, distributionFile, familiesFile } from './catalog-files.js';
import type { CatalogFile } from './catalog-files.js';
import { findDistribution } from './catalog.js';
import type { Catalog } from './catalog.js';
import type { Distribution } from './distribution.js';
import { distributionSchema } from './distribution-schema.js';
import { distributionOf } from './distribution-file.js';
import { familiesSchema } from './families-schema.js';
import type { NameScheme } from './families-schema.js';
import { readImageValues } from './image-values.js';
import { readDocument } from './included.js';
import type { Document } from './included.js';
import { builtInCatalog } from './package-root.js';
import { starterFileSchema, starterSchema } from './schema.js';
import type { StarterFile } from './schema.js';
import { configurationOf, starterOf } from './starter-file.js';
import type { ConfigurationFile, Starter } from './starter.js';
import { parseYaml } from './yaml-file.js';

/** What `startersOf` is for an image that no distribution has anything to do with. */
export const noDistribution = '';

/** Gives the text of a file. */
export type ReadText = (path: string) => Promise<string>;

/** Where catalogs are. */
export interface CatalogFolders {
  /** The user's own, each with a folder for every distribution in it; the later ones win. */
  readonly folders?: readonly string[];
  /** The catalog that comes with the package, unless told otherwise. */
  readonly builtIn?: string;
  /**
   * Read this distribution and its starters alone: nothing else is needed to plan an image of it. Of a name that no distribution has, all
   * are read, so that they can be told; of `noDistribution`, none.
   */
  readonly startersOf?: string | undefined;
}

const readPlain: ReadText = (path) => readFile(path, 'utf8');

/**
 * The built-in catalog with the user's folders merged over it: a starter of the same distribution and name replaces the
 * built-in one, and so do a `distribution.yaml` and a scheme of `families.yaml`. Throws `catalog/malformed` with every fault
 * of every file, `catalog/unreadable` and `catalog/untrusted-key`. Every file is read with `read`.
 */
export async function loadCatalog(
  { folders = [], builtIn = builtInCatalog(), startersOf }: CatalogFolders = {},
  read: ReadText = readPlain,
): Promise<Catalog> {
  const faults: Fault[] = [];
  const files = await catalogFiles([builtIn, ...folders]);
  const schemes = new Map<string, NameScheme>();
  for (const { path } of files.filter((one) => one.kind === 'families')) {
    for (const scheme of await loadFamilies(path, read, faults)) schemes.set(scheme.name, scheme);
  }
  const isWanted = ({ distribution }: CatalogFile): boolean => startersOf === undefined || distribution === startersOf;
  const isKnown = startersOf === noDistribution || files.some(isWanted);
  const distributions = new Map<string, Distribution>();
  for (const file of files.filter((one) => one.kind === 'distribution')) {
    if (isKnown && !isWanted(file)) continue;
    const distribution = await loadDistribution(file, read, faults);
    if (distribution !== undefined) distributions.set(file.distribution, distribution);
  }
  const shared = { distributions, schemes: [...schemes.values()] };
  const starters = new Map<string, Starter>();
  for (const file of files.filter((one) => one.kind === 'starter' && isWanted(one))) {
    const starter = await loadStarter(file, shared, read, faults);
    if (starter !== undefined) starters.set(`${file.distribution}/${starter.name}`, starter);
  }
  if (faults.length > 0) throw malformed(faults);
  return { ...shared, starters: [...starters.entries()].sort(byKey).map(([, starter]) => starter) };
}

/** A file of the user's with its document: the top-level mapping, keys as written, with what it includes. */
export interface OwnFile extends ConfigurationFile {
  readonly document: Document;
}

/**
 * One file of the user's, outside of any catalog: a starter, or a plain apko configuration, which has no head. When it names a
 * distribution it stands over that one's defaults. `catalogOf` gives the catalog of a distribution, or that of `noDistribution`. Throws `catalog/malformed` with every fault,
 * `catalog/unreadable` and `catalog/unknown-distribution`.
 */
export async function loadStarterFile(
  path: string,
  catalogOf: (distribution: string) => Promise<Catalog>,
): Promise<OwnFile> {
  const document = await readDocument(path, (file) => textOf(file, readPlain));
  const file = starterFileSchema.safeParse(document);
  if (!file.success) {
    throw malformed(
      file.error.issues.map((issue) => ({
        file: path,
        path: issue.path.join('.'),
        line: undefined,
        message: issue.message,
      })),
    );
  }
  const { distribution } = file.data;
  const catalog = await catalogOf(distribution ?? noDistribution);
  const found = distribution === undefined ? undefined : findDistribution(catalog, distribution);
  return { ...configurationOf(path, file.data, found, catalog.schemes), document };
}

/** What starters are read against. */
type Shared = Pick<Catalog, 'distributions' | 'schemes'>;

async function loadFamilies(path: string, read: ReadText, faults: Fault[]): Promise<readonly NameScheme[]> {
  const parsed = parseYaml(familiesSchema, await textOf(path, read), path);
  if (parsed.valid) return parsed.value.schemes;
  faults.push(...parsed.faults);
  return [];
}

async function loadDistribution(file: CatalogFile, read: ReadText, faults: Fault[]): Promise<Distribution | undefined> {
  const parsed = parseYaml(distributionSchema, await textOf(file.path, read), file.path);
  if (parsed.valid) return distributionOf(file.distribution, dirname(file.path), parsed.value, read);
  faults.push(...parsed.faults);
  return undefined;
}

async function loadStarter(
  { path, distribution: folder }: CatalogFile,
  shared: Shared,
  read: ReadText,
  faults: Fault[],
): Promise<Starter | undefined> {
  const parsed = parseYaml(starterSchema, await textOf(path, read), path, readImageValues);
  if (!parsed.valid) {
    faults.push(...parsed.faults);
    return undefined;
  }
  const distribution = shared.distributions.get(folder);
  const fault = placeFault(parsed.value, folder, shared);
  if (fault === undefined && distribution !== undefined)
    return starterOf(path, parsed.value, distribution, shared.schemes);
  if (fault !== undefined) faults.push({ ...fault, file: path, line: undefined });
  return undefined;
}

/** What is wrong with a starter that is right by itself. */
function placeFault(
  file: StarterFile,
  folder: string,
  { distributions, schemes }: Shared,
): Pick<Fault, 'path' | 'message'> | undefined {
  const named = file.distribution ?? folder;
  if (named !== folder)
    return { path: 'distribution', message: `is ${named}, and the file lies in the folder ${folder}` };
  if (!distributions.has(folder))
    return { path: 'distribution', message: `no valid ${distributionFile} says what ${folder} is` };
  if (file.auto === undefined || schemes.some((scheme) => scheme.name === file.auto && scheme.auto !== undefined))
    return undefined;
  return { path: 'auto', message: `no scheme of ${familiesFile} with auto packages is called ${file.auto}` };
}

async function textOf(path: string, read: ReadText): Promise<string> {
  try {
    return await read(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
