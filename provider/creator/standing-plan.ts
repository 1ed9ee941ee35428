import { z } from 'zod';
import type { Repository } from '../registry/registry.js';
import { findArtifact } from './artifact.js';
import { planArtifactType } from './publish-line.js';
import type { LineIndex } from './read-index.js';
import type { PackageVersions } from './summary.js';

const planSchema = z.object({
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
export async function readLinePlan(repository: Repository, index: LineIndex): Promise<StandingPlan | undefined> {
  const document = await findArtifact(repository, index.digest, planArtifactType);
  if (document === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of repository.getBlob(document)) chunks.push(chunk);
  return planSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
}
