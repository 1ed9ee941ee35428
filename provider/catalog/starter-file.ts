import { basename } from 'node:path';
import type { DevFile } from './dev-schema.js';
import type { Distribution } from './distribution.js';
import type { NameScheme } from './families-schema.js';
import { imageOf } from './image.js';
import type { CatalogStarterFile, StarterFile } from './schema.js';
import type { ConfigurationFile, Starter } from './starter.js';

/** A checked starter of a catalog over the defaults of its distribution. */
export function starterOf(
  path: string,
  file: CatalogStarterFile,
  distribution: Distribution,
  schemes: readonly NameScheme[],
): Starter {
  const configuration = configurationOf(path, file, distribution, schemes);
  return { ...configuration, primary: file.primary, distribution: distribution.name };
}

/** A checked file, with or without a head, over the defaults of `distribution`. */
export function configurationOf(
  path: string,
  file: StarterFile,
  distribution: Distribution | undefined,
  schemes: readonly NameScheme[],
): ConfigurationFile {
  const name = basename(path).replace(/\.ya?ml$/, '');
  return {
    ...imageOf(file, distribution?.image),
    name,
    file: path,
    title: file.title ?? name,
    description: file.description?.trim() ?? '',
    category: file.category ?? '',
    distribution: distribution?.name,
    primary: file.primary,
    lines:
      file.lines === undefined
        ? { each: 'suite', from: undefined, except: [] }
        : { each: file.lines.each, from: file.lines.from, except: file.lines.except },
    endOfLife: file['end-of-life'],
    dev: devOf(file.dev, distribution?.dev),
    assumedPresent: unique([...(distribution?.assumedPresent ?? []), ...file['assumed-present']]),
    handledScripts: unique([...(distribution?.handledScripts ?? []), ...file['handled-scripts']]),
    replacements: [...(distribution?.replacements ?? []), ...file.replacements],
    auto: file.auto,
    schemes,
    allow: unique([...(distribution?.allow ?? []), ...file.allow]),
    documentation: distribution?.documentation ?? [],
    exclude: unique([...(distribution?.exclude ?? []), ...file.exclude]),
    files: file.files,
  };
}

/** The dev part of a file behind that of its distribution. */
function devOf(own: DevFile, common: DevFile | undefined): ConfigurationFile['dev'] {
  const parts = common === undefined ? [own] : [common, own];
  return {
    packages: unique(parts.flatMap((part) => part.packages)),
    replacements: parts.flatMap((part) => part.replacements),
    handledScripts: unique(parts.flatMap((part) => part['handled-scripts'])),
  };
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
