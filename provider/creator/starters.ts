import { findDistribution, findStarter } from '../catalog/catalog.js';
import type { Starter } from '../catalog/starter.js';
import { spdxMediaType } from '../sbom/spdx.js';
import { PrivateImageError } from '../support/errors.js';
import { buildLine } from './build-line.js';
import type { Creator } from './creator.js';
import { isResolved } from './plan.js';
import { planImage } from './plan-image.js';
import { sbomsOf } from './sboms.js';
import { discoverStarterLines } from './starter-lines.js';
import { productionOf } from './variant.js';

/** A starter image on offer. */
export interface OfferedStarter {
  readonly name: string;
  readonly distribution: string;
  readonly title: string;
  readonly category: string;
  readonly description: string;
}

/** A line of a starter that is maintained today. */
export interface OfferedLine {
  readonly line: string;
  /** The upstream version, as `8.4.12`. */
  readonly version: string;
  readonly suite: string;
  /** ISO date on which support ends. */
  readonly endOfLife: string | undefined;
}

/** The SPDX document of a starter's line. */
export interface StarterSbom {
  readonly mediaType: string;
  readonly document: string;
  readonly version: string;
}

/** Every starter of one distribution. Throws `catalog/unknown-distribution`. */
export async function offeredStarters(creator: Creator, distribution: string): Promise<readonly OfferedStarter[]> {
  const catalog = await creator.catalog(distribution);
  const { name } = findDistribution(catalog, distribution);
  return catalog.starters.filter((starter) => starter.distribution === name).map(offered);
}

/** One starter with its maintained lines, oldest first, as its repositories have them. Throws `catalog/unknown-starter`. */
export async function offeredStarter(
  creator: Creator,
  distribution: string,
  name: string,
): Promise<OfferedStarter & { readonly lines: readonly OfferedLine[] }> {
  const catalog = await creator.catalog(distribution);
  const starter = findStarter(catalog, distribution, name);
  const [architecture = 'amd64'] = creator.settings.architectures;
  const lines = await discoverStarterLines(creator, findDistribution(catalog, distribution), starter, architecture);
  return {
    ...offered(starter),
    lines: lines.map(({ line, version, suite, endOfLife }) => ({ line, version, suite, endOfLife })),
  };
}

/**
 * The SBOM of a starter as it is without anything added: of `line`, else of its newest. The line is built into the store when it is not
 * there. Throws the line's own error when it cannot be resolved.
 */
export async function starterSbom(creator: Creator, name: string, line: string | undefined): Promise<StarterSbom> {
  const { plan } = await planImage(
    { ...creator, settings: { ...creator.settings, devVariants: false } },
    {
      starter: name,
      name,
      description: undefined,
      packages: [],
      environment: {},
      fileBundles: [],
      setuidPrograms: [],
      lines: line === undefined ? undefined : [line],
      architectures: undefined,
    },
  );
  const wanted = plan.lines.at(-1);
  if (wanted === undefined || !isResolved(wanted)) {
    const { code = 'image/no-line', message = `The starter ${name} has no line`, hint } = wanted?.error ?? {};
    throw new PrivateImageError(code, message, hint === undefined ? {} : { hint });
  }
  const production = productionOf(wanted);
  const sboms = await sbomsOf(creator, name, production, await buildLine(creator, plan, production));
  return { mediaType: spdxMediaType, document: sboms.whole.spdx, version: wanted.version };
}

function offered({ name, distribution, title, category, description }: Starter): OfferedStarter {
  return { name, distribution, title, category, description };
}
