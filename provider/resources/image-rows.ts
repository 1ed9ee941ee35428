import { z } from 'zod';
import { lineMessage } from '../creator/line-message.js';
import { packageChanges } from '../creator/package-changes.js';
import type { LineSummary, PlanSummary } from '../creator/summary.js';
import { formatByteChange, formatBytes } from '../support/byte-count.js';

const rowSchema = z.object({
  version: z.string().optional(),
  packages: z.record(z.string(), z.string()).default({}),
  installedSize: z.number().optional(),
  tags: z.array(z.string()).default([]),
});

/** What a person is told of a plan before it is built: one row a line, and what differs from the plan before. */
export interface PlanRow {
  readonly kind: 'info' | 'warning';
  readonly message: string;
}

/**
 * The rows of a plan: `python 3.13: 3.13.5 → tags 3.13.5, 3.13, 3, latest (42 packages, 61.2 MB installed; dev 130)`, then what changes
 * against the plan in a former state, if there is one: the size, and each package. A line that fails is a warning with its reason. `digests` are those that are
 * known already, by line.
 */
export function planRows(
  starter: string,
  plan: PlanSummary,
  former: unknown,
  digests: Readonly<Record<string, string>> = {},
): readonly PlanRow[] {
  const formerLines = z.object({ lines: z.record(z.string(), z.unknown()) }).safeParse(former).data?.lines ?? {};
  return Object.entries(plan.lines).map(([line, row]) => {
    if (row.error !== undefined) {
      const stays = row.kept === undefined ? '' : `; its last good build ${row.kept} stays`;
      return { kind: 'warning', message: lineMessage(starter, line, row.error, `cannot be built${stays}`) };
    }
    const packages = Object.keys(row.packages).length;
    const tags = row.tags.length === 0 ? 'no tags' : `tags ${row.tags.join(', ')}`;
    const skipped = row.skipped.length === 0 ? '' : `; skipped: ${row.skipped.join(', ')}`;
    const head = `${starter} ${line}: ${row.version ?? line} → ${tags} (${packages} packages${sizeWord(row)}${devWord(row)}${skipped})`;
    const before = rowSchema.safeParse(formerLines[line]).data;
    const changes =
      before === undefined ? [] : [...sizeChange(before, row), ...packageChanges(before.packages, row.packages)];
    const digest = digests[line] === undefined ? [] : [`digest ${digests[line]}, as it was built before`];
    return { kind: 'info', message: [head, ...[...digest, ...changes].map((detail) => `  ${detail}`)].join('\n') };
  });
}

function sizeWord({ installedSize }: LineSummary): string {
  return installedSize === undefined ? '' : `, ${formatBytes(installedSize)} installed`;
}

/** None when the size stays, or the former state is of a version that did not keep it. */
function sizeChange(before: z.infer<typeof rowSchema>, after: LineSummary): readonly string[] {
  const [old, now] = [before.installedSize, after.installedSize];
  return old === undefined || now === undefined || old === now ? [] : [`installed size ${formatByteChange(old, now)}`];
}

/** The dev variant in a word: what it holds is in its SBOM. */
function devWord({ dev }: LineSummary): string {
  if (dev === undefined) return '';
  return 'error' in dev ? '; no dev' : `; dev ${dev.packages}`;
}

/** What to know before building: of the whole image, then line by line. */
export function planWarnings(starter: string, plan: PlanSummary): readonly string[] {
  return Object.entries(plan.lines).flatMap(([line, { warnings = [], dev }]) => {
    const failed =
      dev !== undefined && 'error' in dev
        ? [lineMessage(starter, line, dev.error, 'its dev variant cannot be built')]
        : [];
    return [...warnings.map((warning) => lineMessage(starter, line, warning)), ...failed];
  });
}
