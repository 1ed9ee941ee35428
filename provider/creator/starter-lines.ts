import { type Distribution, maintainedSuites } from '../catalog/distribution.js';
import { discoverLines } from '../catalog/lines.js';
import type { ConfigurationFile } from '../catalog/starter.js';
import type { Architecture } from '../packages/package.js';
import { inParallel } from '../support/in-parallel.js';
import type { Creator } from './creator.js';
import type { LineToPlan } from './plan-line.js';
import type { OpenSuite } from './open-suite.js';
import { openSuites } from './suites.js';

/** The maintained lines of a starter today, oldest first, as the indexes of its distribution have them. */
export async function discoverStarterLines(
  creator: Creator,
  distribution: Distribution,
  starter: ConfigurationFile,
  architecture: Architecture,
): Promise<readonly LineToPlan[]> {
  const suites = await openSuites(creator, distribution, maintainedSuites(distribution, creator.clock()));
  return linesIn(starter, suites, architecture, creator.clock());
}

/**
 * The lines of a starter in suites that are open already, oldest first. A file that does not say how lines are found has one, made
 * from the newest suite, with no version but `latest`.
 */
export async function linesIn(
  starter: ConfigurationFile,
  suites: readonly OpenSuite[],
  architecture: Architecture,
  now: Date,
): Promise<readonly LineToPlan[]> {
  const { primary, lines, endOfLife } = starter;
  if (primary === undefined) {
    return suites
      .slice(-1)
      .map(({ suite }) => ({ line: 'latest', version: 'latest', suite: suite.name, endOfLife: suite.endOfLife }));
  }
  const sources = await inParallel(suites, async (opened) => {
    const source = await opened.source(architecture);
    return {
      suite: opened.suite,
      names: (prefix?: string) => source.names(prefix),
      get: (name: string) => source.get(name),
      order: source.order,
    };
  });
  const order = sources[0]?.order ?? ((left, right) => (left < right ? -1 : 1));
  return discoverLines({ primary, lines, endOfLife }, sources, order, now);
}
