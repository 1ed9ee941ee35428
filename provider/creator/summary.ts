import type { Digest } from '../support/digest.js';
import { type DevPlan, isResolved, type Plan, type PlannedPackage, type PlanError, type VariantPlan } from './plan.js';
import { assignTags } from './tags.js';

/** A plan in the few words that a preview shows and a state keeps. */
export interface PlanSummary {
  /** The identity of the whole plan: it changes exactly when an image would. */
  readonly digest: Digest;
  readonly lines: Readonly<Record<string, LineSummary>>;
}

export interface LineSummary {
  readonly version?: string;
  readonly suite: string;
  readonly endOfLife?: string;
  /** The tags to be when all resolved lines build; timestamp tags are known only when they are published. */
  readonly tags: readonly string[];
  /** Name to version; a package that differs between architectures is listed as `name (arm64)`. */
  readonly packages: Readonly<Record<string, string>>;
  /** Bytes that these packages take when installed, as the index states it; of the architecture where they take most. */
  readonly installedSize?: number;
  /** Auto packages without a compatible version in this line. */
  readonly skipped: readonly string[];
  readonly warnings?: readonly string[];
  /** The dev variant, where there is one: how many packages it has, or why it would not be built. */
  readonly dev?: { readonly packages: number } | { readonly error: string };
  /** Why the line would not be built. */
  readonly error?: string;
}

/**
 * The summary of `plan`, whose identity is `digest`. `kept` are the versions that stand in the registry of lines that fail today: they keep
 * their tags.
 */
export function summarize(plan: Plan, digest: Digest, kept: readonly string[] = []): PlanSummary {
  const tags = assignTags([...plan.lines.filter(isResolved).map((line) => line.version), ...kept]);
  const lines = plan.lines.map((line): readonly [string, LineSummary] => {
    const head = { suite: line.suite, ...(line.endOfLife === undefined ? {} : { endOfLife: line.endOfLife }) };
    if (!isResolved(line))
      return [
        line.line,
        {
          ...head,
          tags: [],
          packages: {},
          skipped: [],
          error: inWords(line.error),
        },
      ];
    return [
      line.line,
      {
        version: line.version,
        ...head,
        tags: tags.get(line.version) ?? [],
        packages: packageVersions(line, () => true),
        installedSize: installedSizeOf(line),
        skipped: line.skipped.map((skipped) => skipped.name),
        ...(line.warnings.length === 0 ? {} : { warnings: line.warnings }),
        ...(line.dev === undefined ? {} : { dev: devSummary(line.dev) }),
      },
    ];
  });
  return {
    digest,
    lines: Object.fromEntries(lines),
  };
}

function installedSizeOf({ architectures }: VariantPlan): number {
  const sizes = architectures.map(({ packages }) =>
    packages.reduce((sum, planned) => sum + planned.package.installedSize, 0),
  );
  return Math.max(0, ...sizes);
}

function devSummary(dev: DevPlan): NonNullable<LineSummary['dev']> {
  if (dev.status === 'failed') return { error: inWords(dev.error) };
  return { packages: Object.keys(packageVersions(dev, () => true)).length };
}

function inWords({ message, hint }: PlanError): string {
  return [message, hint].filter(Boolean).join('; ');
}

type Origin = PlannedPackage['from'];

/** What of a line says which packages it has. */
export interface PackageVersions {
  readonly architectures: readonly {
    readonly architecture: string;
    readonly packages: readonly {
      readonly package: { readonly name: string; readonly version: string };
      readonly from: Origin;
    }[];
  }[];
}

/** Name to version of a line's packages over its architectures, sorted by name. */
export function packageVersions(
  line: PackageVersions,
  wanted: (from: Origin) => boolean,
): Readonly<Record<string, string>> {
  const versions = new Map<string, string>();
  for (const { architecture, packages } of line.architectures) {
    for (const planned of packages) {
      if (!wanted(planned.from)) continue;
      const { name, version } = planned.package;
      const common = versions.get(name) ?? version;
      versions.set(common === version ? name : `${name} (${architecture})`, version);
    }
  }
  return Object.fromEntries([...versions].sort(([left], [right]) => (left < right ? -1 : 1)));
}
