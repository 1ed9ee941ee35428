import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import type { Catalog } from './catalog.js';
import { type CatalogFolders, loadCatalog } from './loader.js';
import { builtInCatalog } from './package-root.js';
import { rememberedCatalog } from './remembered-catalog.js';

const folder = await mkdtemp(join(tmpdir(), 'remembered-catalog-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

let store: Store;
let folders: CatalogFolders;
let builtIn: string;

beforeEach(async () => {
  const own = await mkdtemp(join(folder, 'own-'));
  store = openStore(join(own, 'store'));
  builtIn = join(own, 'catalog');
  folders = { builtIn };
  await cp(join(builtInCatalog(), 'debian'), join(builtIn, 'debian'), { recursive: true });
  await cp(join(builtInCatalog(), 'families.yaml'), join(builtIn, 'families.yaml'));
});

function recalled(version = '1.0.0'): Promise<Catalog> {
  return rememberedCatalog(store, version, folders);
}

/** The catalog as it is, or why there is none. */
async function outcome(catalog: Promise<Catalog>): Promise<unknown> {
  return catalog.catch((error: unknown) => (isPrivateImageError(error) ? [error.code, error.message] : error));
}

/** The files of what is remembered of catalogs. */
async function facts(): Promise<readonly string[]> {
  const place = join(store.root, 'facts', 'catalog');
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function contentOf(fact: string): Promise<{ readonly catalog: Digest }> {
  return JSON.parse(await readFile(fact, 'utf8')) as { readonly catalog: Digest };
}

/** Puts a catalog without starters in the place of the remembered one: whatever has starters was read from files. */
async function emptyRemembered(): Promise<void> {
  for (const fact of await facts()) {
    const content = await contentOf(fact);
    const catalog = deserialize(await store.read(content.catalog)) as Catalog;
    const { digest } = await store.put(serialize({ ...catalog, starters: [] }));
    await writeFile(fact, JSON.stringify({ ...content, catalog: digest }));
  }
}

describe('a remembered catalog', () => {
  it('is the one that was read, patterns and maps with it', async () => {
    const read = await loadCatalog(folders);
    expect(await recalled()).toStrictEqual(read);
    expect(await recalled()).toStrictEqual(read);
    expect(await facts()).toHaveLength(1);
  });

  it('is taken from the store while nothing has changed', async () => {
    await recalled();
    await emptyRemembered();
    expect((await recalled()).starters).toEqual([]);
  });

  it.each<[string, () => Promise<void>]>([
    ['a starter', () => appendFile(join(builtIn, 'debian/python.yaml'), '\nstop-signal: SIGUSR1\n')],
    ['a distribution', () => appendFile(join(builtIn, 'debian/distribution.yaml'), '\n# Read again.\n')],
    ['the families', () => appendFile(join(builtIn, 'families.yaml'), '\n# Read again.\n')],
    ['a key', () => writeFile(join(builtIn, 'debian/keys/trixie.asc'), 'no key')],
    ['a starter that is gone', () => rm(join(builtIn, 'debian/python.yaml'))],
    ['a starter that is new', () => cp(join(builtIn, 'debian/python.yaml'), join(builtIn, 'debian/snake.yaml'))],
    ['a key that is gone', () => rm(join(builtIn, 'debian/keys/trixie.asc'))],
    ['a starter that is wrong', () => writeFile(join(builtIn, 'debian/python.yaml'), 'title: 7\n')],
  ])('is no more once there is another state of %s', async (_, change) => {
    await recalled();
    await emptyRemembered();
    await change();
    const read = await outcome(loadCatalog(folders));
    expect(await outcome(recalled())).toStrictEqual(read);
    expect(read).not.toMatchObject({ starters: [] });
  });

  it('belongs to one version of the program, to its folders and to what was asked', async () => {
    await recalled();
    await emptyRemembered();
    expect((await recalled('1.0.1')).starters).not.toEqual([]);
    folders = { builtIn, startersOf: 'debian' };
    expect((await recalled()).starters).not.toEqual([]);
    folders = { builtIn, folders: [builtIn] };
    expect((await recalled()).starters).not.toEqual([]);
  });

  it('is read again when the store has lost or damaged it', async () => {
    const read = await recalled();
    for (const fact of await facts()) await writeFile(store.pathOf((await contentOf(fact)).catalog), 'damaged');
    expect(await recalled()).toStrictEqual(read);
    for (const fact of await facts()) await rm(store.pathOf((await contentOf(fact)).catalog));
    expect(await recalled()).toStrictEqual(read);
    for (const fact of await facts()) await writeFile(fact, '{}');
    expect(await recalled()).toStrictEqual(read);
  });

  it('is not needed: without a store that can be written there is the catalog all the same', async () => {
    store = openStore(join(builtIn, 'families.yaml', 'store'));
    expect(await recalled()).toStrictEqual(await loadCatalog(folders));
  });
});
