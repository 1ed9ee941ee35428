import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Digest } from '../support/digest.js';
import { openRegistry } from './distribution/open-registry.js';
import type { RegistryOptions } from './distribution/open-registry.js';
import { isRegistrySetting, parseRegistryReference } from './distribution/reference.js';
import { openLayout } from './layout.js';
import { registryError } from './registry-error.js';
import type { Repository } from './registry.js';

/** Where repositories of images live. */
export interface Home {
  readonly kind: 'layout' | 'registry';
  /** As `registry.example.com/team`, or the absolute folder: what stands before the name of a repository. */
  readonly reference: string;
  /** The repository at `name`, as `53/web`. Throws `registry/bad-reference`. */
  repository(name: string): Repository;
  /** The names of its repositories, sorted, as far as it lists them; undefined when it does not. */
  repositories(): Promise<readonly string[] | undefined>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** How a home is opened. What concerns a registry is of no interest to a folder, and the other way round. */
export interface HomeOptions extends RegistryOptions {
  /** What a relative folder is relative to. */
  readonly workingDirectory: string;
  /** Plain HTTP to a registry whose setting does not say `https://`. */
  readonly plainHttp?: boolean;
  /** The path of a file that holds a blob already, for a folder to link instead of writing it again. */
  readonly link?: (digest: Digest) => string | undefined;
}

/**
 * The home that a setting names: a registry for `registry.example.com/team`, `host:5000`, `localhost/x`, `oci://…`, `https://…` and
 * `http://…` (see `isRegistrySetting`), else a folder with an OCI image layout for each repository. Throws `registry/bad-reference`.
 */
export function openHome(setting: string, options: HomeOptions): Home {
  if (isRegistrySetting(setting)) {
    const place = parseRegistryReference(setting, options.plainHttp);
    const registry = openRegistry(place, options);
    return {
      kind: 'registry',
      reference: place.text,
      repository: (name) => registry.repository(name),
      repositories: () => registry.repositories(),
      close: () => registry.close(),
    };
  }
  const folder = folderOf(setting, options);
  const layout = options.link === undefined ? {} : { link: options.link };
  return {
    kind: 'layout',
    reference: folder,
    repository: (name) => openLayout(folderBelow(folder, name), layout),
    // A folder may hold anything; nobody has asked for a search of it.
    repositories: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
}

/** The absolute folder that a setting names. Throws `registry/bad-reference`. */
function folderOf(setting: string, { workingDirectory, environment }: HomeOptions): string {
  if (setting.startsWith('file:')) {
    try {
      return fileURLToPath(setting);
    } catch (error) {
      throw registryError('registry/bad-reference', setting, 'it is no file URL of this machine', {
        hint: 'Write it as file:///folder.',
        cause: error,
      });
    }
  }
  const home = environment['HOME'] ?? environment['USERPROFILE'];
  const isOfUser = setting === '~' || /^~[/\\]/u.test(setting);
  if (isOfUser && home !== undefined) return path.resolve(home, `.${setting.slice(1)}`);
  return path.resolve(workingDirectory, setting);
}

function folderBelow(folder: string, name: string): string {
  const found = path.resolve(folder, name);
  if (found !== folder && found.startsWith(folder.endsWith(path.sep) ? folder : `${folder}${path.sep}`)) return found;
  throw registryError('registry/bad-reference', `${folder}/${name}`, 'it is outside of the folder', {
    hint: 'A name has no ".." in it.',
  });
}
