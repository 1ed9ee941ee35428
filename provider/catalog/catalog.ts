import { PrivateImageError } from '../support/errors.js';
import type { CatalogErrorCode } from './catalog-error.js';
import type { Distribution } from './distribution.js';
import type { NameScheme } from './families-schema.js';
import { nearestNames } from './nearest.js';
import type { Starter } from './starter.js';

/** All starters on offer, with the distributions that they are made from. */
export interface Catalog {
  /** By name, as `debian`. */
  readonly distributions: ReadonlyMap<string, Distribution>;
  /** How the packages of languages are named, on every distribution. */
  readonly schemes: readonly NameScheme[];
  /** Sorted by distribution, then by name. */
  readonly starters: readonly Starter[];
}

/**
 * The starter `name` of `distribution`. Throws `catalog/unknown-distribution`, or `catalog/unknown-starter` with the
 * nearest names and the list of those that there are.
 */
export function findStarter(catalog: Catalog, distribution: string, name: string): Starter {
  const found = catalog.starters.find((starter) => starter.distribution === distribution && starter.name === name);
  if (found !== undefined) return found;
  findDistribution(catalog, distribution);
  const names = catalog.starters
    .filter((starter) => starter.distribution === distribution)
    .map((starter) => starter.name);
  const nearest = nearestNames(name, names);
  const question = nearest.length === 0 ? '' : `Did you mean ${nearest.join(' or ')}? `;
  throw new PrivateImageError<CatalogErrorCode>(
    'catalog/unknown-starter',
    `There is no starter called "${name}" for ${distribution}`,
    {
      hint: `${question}Starters: ${names.join(', ')}.`,
      data: { distribution, starter: name, nearest, starters: names },
    },
  );
}

/** The distribution `name`. Throws `catalog/unknown-distribution` with those that there are. */
export function findDistribution(catalog: Catalog, name: string): Distribution {
  const found = catalog.distributions.get(name);
  if (found !== undefined) return found;
  const names = [...catalog.distributions.keys()];
  const [nearest] = nearestNames(name, names, 1);
  throw new PrivateImageError<CatalogErrorCode>(
    'catalog/unknown-distribution',
    `There is no distribution called "${name}" in the catalog`,
    {
      hint: `${nearest === undefined ? '' : `Did you mean ${nearest}? `}Distributions: ${names.join(', ')}.`,
      data: { distribution: name, distributions: names },
    },
  );
}
