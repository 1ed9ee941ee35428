import type { DevPlan, LineHead, ResolvedLine, SkippedPackage, VariantPlan } from './plan.js';

/** The two images of a line: the distroless one, and the one with shell, package manager and core tools. */
export type Variant = 'production' | 'dev';

/** One variant of a resolved line with all that is said of it: what is built, published and documented on its own. */
export interface LineVariant extends LineHead, VariantPlan {
  readonly status: 'resolved';
  readonly variant: Variant;
  readonly version: string;
  readonly skipped: readonly SkippedPackage[];
  readonly warnings: readonly string[];
}

/** The production variant of a line: the same whatever becomes of its dev variant. */
export function productionOf({ image, architectures, ...line }: ResolvedLine): LineVariant {
  return { ...headOf(line), variant: 'production', image, architectures };
}

/** The dev variant of a line; undefined where there is none, or none can be built. */
export function devOf({ dev, ...line }: ResolvedLine): LineVariant | undefined {
  if (dev?.status !== 'resolved') return undefined;
  return { ...headOf(line), variant: 'dev', image: dev.image, architectures: dev.architectures };
}

/** The line that has these variants: what `productionOf` and `devOf` take apart. A dev variant that failed is in no registry. */
export function lineOf(production: LineVariant, devVariant: LineVariant | DevPlan | undefined): ResolvedLine {
  const dev = devVariant?.status === 'resolved' ? devPlanOf(devVariant) : devVariant;
  const { image, architectures, skipped, warnings, line, suite, endOfLife, version } = production;
  return { line, suite, endOfLife, status: 'resolved', version, image, architectures, dev, skipped, warnings };
}

function devPlanOf({ image, architectures }: VariantPlan): DevPlan {
  return { status: 'resolved', image, architectures };
}

function headOf(line: Omit<LineVariant, 'variant' | 'image' | 'architectures'>): typeof line {
  const { suite, endOfLife, version, skipped, warnings } = line;
  return { line: line.line, suite, endOfLife, status: 'resolved', version, skipped, warnings };
}
