import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';

/** A field that need not be there; `null` says the same, as programs in Go write what is not set. */
function unset<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullable()
    .transform((value) => value ?? undefined)
    .optional();
}

/** A descriptor as it stands in a document; fields we do not know are left alone. */
export const descriptorSchema = z.object({
  mediaType: z.string().min(1),
  digest: digestSchema,
  size: z.number().int().nonnegative(),
  artifactType: unset(z.string()),
  platform: unset(z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })),
  annotations: unset(z.record(z.string(), z.string())),
});

/** A descriptor as it was read. */
export type ReadDescriptor = z.output<typeof descriptorSchema>;

/** `index.json` of a layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md#indexjson-file). */
export const layoutIndexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptorSchema),
  annotations: unset(z.record(z.string(), z.string())),
});

/** A manifest or an index: a document that names others. */
export const manifestSchema = z
  .object({
    schemaVersion: z.literal(2),
    mediaType: z.string().optional(),
    artifactType: unset(z.string()),
    config: unset(descriptorSchema),
    layers: unset(z.array(descriptorSchema)),
    manifests: unset(z.array(descriptorSchema)),
    subject: unset(descriptorSchema),
    annotations: unset(z.record(z.string(), z.string())),
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
