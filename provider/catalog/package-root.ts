import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrivateImageError } from '../support/errors.js';
import type { CatalogErrorCode } from './catalog-error.js';

const packageName = 'pulumi-private-image';

/**
 * The folder of the catalog that comes with this package. The YAML files are data and are not compiled: they lie in
 * `provider/catalog` of the package whether this module runs from its source or from `dist/`.
 *
 * Throws `catalog/unreadable` when the package's own folder is not found.
 */
export function builtInCatalog(): string {
  return join(packageRoot(fileURLToPath(import.meta.url)), 'provider', 'catalog');
}

/** The nearest folder at or above `path` whose `package.json` is this package's. Throws `catalog/unreadable`. */
export function packageRoot(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (nameOfPackage(folder) === packageName) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new PrivateImageError<CatalogErrorCode>(
    'catalog/unreadable',
    `The folder of the package ${packageName} was not found above ${path}`,
    {
      hint: `Install ${packageName} as a package, not as single files: its catalog lies beside its code.`,
      data: { path },
    },
  );
}

function nameOfPackage(folder: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof content !== 'object' || content === null || !('name' in content)) return undefined;
    return typeof content.name === 'string' ? content.name : undefined;
  } catch {
    return undefined;
  }
}
