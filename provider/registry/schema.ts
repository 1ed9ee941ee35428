import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';

/** A descriptor as it stands in a document; fields we do not know are left alone. */
export const descriptorSchema = z.object({
  mediaType: z.string().min(1),
  digest: digestSchema,
  size: z.number().int().nonnegative(),
  artifactType: z.string().optional(),
  platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** A descriptor as it was read. */
export type ReadDescriptor = z.output<typeof descriptorSchema>;

/** `index.json` of a layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md#indexjson-file). */
export const layoutIndexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptorSchema),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** A manifest or an index: a document that names others. */
export const manifestSchema = z
  .object({
    schemaVersion: z.literal(2),
    mediaType: z.string().optional(),
    artifactType: z.string().optional(),
    config: descriptorSchema.optional(),
    layers: z.array(descriptorSchema).optional(),
    manifests: z.array(descriptorSchema).optional(),
    subject: descriptorSchema.optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  })
  // One document that is both would be read as one thing by one program and as another by the next.
  .refine(
    (document) => document.manifests === undefined || (document.layers === undefined && document.config === undefined),
    {
      message: 'it has both manifests and layers',
    },
  )
  .refine((document) => document.manifests !== undefined || document.config !== undefined, {
    message: 'it has neither manifests nor a config',
  });

/** A manifest or an index, as it was read. */
export type ReadManifest = z.output<typeof manifestSchema>;
