import coerce from 'semver/functions/coerce.js';
import compare from 'semver/functions/compare.js';
import type { VersionOrder } from '../packages/package.js';
import { hasEnded, type Suite } from './distribution.js';
import { literalPrefix } from './literal-prefix.js';
import type { Starter } from './starter.js';

/** A package as far as lines are concerned. */
export interface IndexedPackage {
  readonly name: string;
  readonly version: string;
}

/** What line discovery asks of a suite: its packages by name, release, updates and security together. */
export interface SuiteIndex<P extends IndexedPackage = IndexedPackage> {
  readonly suite: Pick<Suite, 'name' | 'endOfLife'>;
  /** The names of packages, each once; those that do not begin with `prefix` may be left out. */
  names(prefix?: string): Iterable<string>;
  get(name: string): readonly P[];
}

/** What a starter says of its lines. */
export type LineSource = Pick<Starter, 'primary' | 'lines' | 'endOfLife'>;

/** One maintained line of a starter. */
export interface DiscoveredLine<P extends IndexedPackage = IndexedPackage> {
  /** As `8.4`. */
  readonly line: string;
  /** As `trixie`. */
  readonly suite: string;
  readonly primaryPackage: P;
  /** The upstream version, as `8.4.12`: a valid tag. */
  readonly version: string;
  /** ISO date on which support for the line ends; undefined when nobody has said. */
  readonly endOfLife: string | undefined;
}

/** A tag of an image: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const tag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/**
 * The lines of `starter` in `indexes`, the most advanced one last. In each suite the newest version by `order` counts; a line
 * that is in two suites is taken from the one with the newer version, and at one version from the later suite, which lives
 * longer. Packages whose version says no line or no valid tag are passed over, and so are lines that ended before `now`,
 * when it is given.
 */
export function discoverLines<P extends IndexedPackage>(
  starter: LineSource,
  indexes: readonly SuiteIndex<P>[],
  order: VersionOrder,
  now?: Date,
): readonly DiscoveredLine<P>[] {
  const lines = new Map<string, DiscoveredLine<P>>();
  for (const index of indexes) {
    const found = linesOfSuite(starter, index, order).filter(
      ({ endOfLife }) => now === undefined || !hasEnded(endOfLife, now),
    );
    const offered = starter.lines.each === 'suite' ? found.slice(-1) : found;
    for (const line of offered) {
      const known = lines.get(line.line);
      if (known !== undefined && order(known.primaryPackage.version, line.primaryPackage.version) > 0) continue;
      lines.set(line.line, line);
    }
  }
  return [...lines.values()].sort((left, right) => compareLines(left.line, right.line));
}

/** The order of two lines by their numbers: `3.9` before `3.11`, `8` before `10`. */
export function compareLines(left: string, right: string): number {
  const [first, second] = [coerce(left), coerce(right)];
  if (first === null || second === null) return compareText(left, right);
  return compare(first, second) || compareText(left, right);
}

/** All lines that a suite has and that are on offer, each at its newest version, the most advanced one last. */
function linesOfSuite<P extends IndexedPackage>(
  starter: LineSource,
  index: SuiteIndex<P>,
  order: VersionOrder,
): readonly DiscoveredLine<P>[] {
  const newest = new Map<string, DiscoveredLine<P>>();
  for (const name of index.names(literalPrefix(starter.primary.package))) {
    if (!starter.primary.package.test(name)) continue;
    for (const candidate of index.get(name)) {
      const found = lineOf(starter, candidate);
      if (found === undefined || !isOffered(starter, found.line)) continue;
      const known = newest.get(found.line);
      if (known !== undefined && order(known.primaryPackage.version, candidate.version) >= 0) continue;
      newest.set(found.line, {
        ...found,
        suite: index.suite.name,
        primaryPackage: candidate,
        endOfLife: starter.endOfLife[found.line] ?? index.suite.endOfLife,
      });
    }
  }
  return [...newest.values()].sort((left, right) => compareLines(left.line, right.line));
}

/** The line and version that a package gives by the rule of its starter. */
function lineOf(
  { primary }: LineSource,
  candidate: IndexedPackage,
): { readonly line: string; readonly version: string } | undefined {
  const name = primary.package.exec(candidate.name);
  const version = primary.version.exec(candidate.version);
  if (name === null || version === null) return undefined;
  const groups = { ...name.groups, ...version.groups };
  const line = groups['line'];
  if (line === undefined || line === '') return undefined;
  // A group that matched nothing is the zeroth: Debian 13 has no point release before 13.1.
  const text = primary.format.replaceAll(/\{(\w+)\}/g, (_, group: string) => groups[group] ?? '0');
  return tag.test(text) && tag.test(line) ? { line, version: text } : undefined;
}

function isOffered({ lines }: LineSource, line: string): boolean {
  if (lines.except.includes(line)) return false;
  return lines.from === undefined || compareLines(line, lines.from) >= 0;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
