import { z } from 'zod';
import type { Repository } from '../registry/registry.js';
import { readArtifact } from './artifact.js';
import { planArtifactType } from './publish-line.js';
import type { LineIndex } from './read-index.js';
import type { PackageVersions } from './summary.js';

/** What a plan beside a line has at the least. */
export const planSchema = z.object({
  endOfLife: z.string().optional(),
  architectures: z.array(
    z.object({
      architecture: z.string(),
      packages: z.array(
        z.object({
          package: z.object({ name: z.string(), version: z.string() }),
          from: z.enum(['starter', 'added', 'dev']),
        }),
      ),
    }),
  ),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  warnings: z.array(z.string()),
});

/** What the plan beside a published line says of it. */
export type StandingPlan = z.infer<typeof planSchema> & PackageVersions;

/** The plan that a line in the registry was built from, or undefined when it is not beside it any more. */
export function readLinePlan(repository: Repository, index: LineIndex): Promise<StandingPlan | undefined> {
  return readArtifact(repository, index.digest, planArtifactType, (json) => planSchema.safeParse(json).data);
}
