import { z } from 'zod';
import type { LineSummary, PlanSummary } from '../creator/summary.js';

const rowSchema = z.object({
  version: z.string().optional(),
  packages: z.record(z.string(), z.string()).default({}),
  tags: z.array(z.string()).default([]),
});

/** What a person is told of a plan before it is built: one row a line, and what differs from the plan before. */
export interface PlanRow {
  readonly kind: 'info' | 'warning';
  readonly message: string;
}

/**
 * The rows of a plan: `python 3.13: 3.13.5 → tags 3.13.5, 3.13, 3, latest (42 packages; dev 130)`, then what changes against the plan in a
 * former state, if there is one. A line that fails is a warning with its reason.
 */
export function planRows(starter: string, plan: PlanSummary, former: unknown): readonly PlanRow[] {
  const formerLines = z.object({ lines: z.record(z.string(), z.unknown()) }).safeParse(former).data?.lines ?? {};
  return Object.entries(plan.lines).map(([line, row]) => {
    if (row.error !== undefined)
      return { kind: 'warning', message: `${starter} ${line}: cannot be built: ${row.error}` };
    const packages = Object.keys(row.packages).length;
    const tags = row.tags.length === 0 ? 'no tags' : `tags ${row.tags.join(', ')}`;
    const skipped = row.skipped.length === 0 ? '' : `; skipped: ${row.skipped.join(', ')}`;
    const head = `${starter} ${line}: ${row.version ?? line} → ${tags} (${packages} packages${devWord(row)}${skipped})`;
    const before = rowSchema.safeParse(formerLines[line]).data;
    const changes = before === undefined ? [] : packageChanges(before.packages, row.packages);
    return { kind: 'info', message: [head, ...changes.map((change) => `  ${change}`)].join('\n') };
  });
}

/** The dev variant in a word: what it holds is in its SBOM. */
function devWord({ dev }: LineSummary): string {
  if (dev === undefined) return '';
  return 'error' in dev ? '; no dev' : `; dev ${dev.packages}`;
}

/** What to know before building: of the whole image, then line by line. */
export function planWarnings(starter: string, plan: PlanSummary): readonly string[] {
  return Object.entries(plan.lines).flatMap(([line, { warnings = [], dev }]) => {
    const failed = dev !== undefined && 'error' in dev ? [`its dev variant cannot be built: ${dev.error}`] : [];
    return [...warnings, ...failed].map((warning) => `${starter} ${line}: ${warning}`);
  });
}

/** What happened to the packages of a line, by name: `+ name version`, `- name version`, `~ name old → new`. */
export function packageChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    if (old === now) return [];
    if (old === undefined) return [`+ ${name} ${now ?? ''}`];
    return [now === undefined ? `- ${name} ${old}` : `~ ${name} ${old} → ${now}`];
  });
}
