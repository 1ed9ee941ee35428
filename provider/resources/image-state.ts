import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import type { PublishedImage, PublishedLine, PublishedVariant } from '../creator/published.js';
import type { Properties } from './resource.js';
import { withoutUndefined } from './unknown.js';

const variantSchema = z.object({
  status: z.enum(['built', 'kept', 'failed']),
  version: z.string().optional(),
  digest: digestSchema.optional(),
  tags: z.array(z.string()).default([]),
  sbomUrl: z.string().optional(),
  sbomUrls: z.record(z.string(), z.string()).default({}),
  error: z.string().optional(),
  errorCode: z.string().optional(),
});

const lineSchema = variantSchema.extend({
  line: z.string(),
  dev: variantSchema.optional(),
  packagesAdded: z.record(z.string(), z.string()).default({}),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })).default([]),
  endOfLife: z.string().optional(),
  warnings: z.array(z.string()).default([]),
});

const stateSchema = z.object({
  status: z.enum(['in progress', 'created', 'some lines created', 'image build failed']),
  repository: z.string(),
  lines: z.array(lineSchema),
  tags: z.record(z.string(), digestSchema).default({}),
  latest: digestSchema,
});

/** Who built an image and when. */
export interface ImageRun {
  /** The identity of the resource, kept for life: by it the registry knows whose the image is. */
  readonly owner: string;
  /** The identity of the last build. */
  readonly traceId: string;
  /** ISO time of the first build; undefined while there is none. */
  readonly createdAt: string | undefined;
}

/** The outputs of a published image, beside its inputs. Lines are oldest first; `tags` is tag to digest. */
export function imageOutputs(image: PublishedImage, run: ImageRun): Properties {
  const outputs = {
    status: image.status,
    repository: image.repository,
    ...lineOutputs(image.lines),
    tags: image.tags,
    latest: image.latest,
    // The next update mends what did not reach a mirror.
    drift: image.behind.length === 0 ? undefined : image.behind,
    ...run,
  };
  return withoutUndefined(outputs) as Properties;
}

/** What a state says of an image's lines. */
export function lineOutputs(lines: readonly PublishedLine[]): Properties {
  return {
    lines: lines.map(({ dev, ...line }) => ({
      ...errorInWords(line),
      dev: dev === undefined ? undefined : errorInWords(dev),
    })),
    digests: perLine(lines, (line) => line.digest),
    sbomUrls: perLine(lines, (line) => line.sbomUrl),
  };
}

function errorInWords({ error, ...variant }: PublishedVariant): object {
  return {
    ...variant,
    error: error === undefined ? undefined : [error.message, error.hint].filter(Boolean).join(' — '),
    errorCode: error?.code,
  };
}

function perLine(lines: readonly PublishedLine[], value: (line: PublishedLine) => string | undefined): Properties {
  return Object.fromEntries(lines.map((line) => [line.line, value(line)]));
}

/** The image that a state describes, or undefined when it describes none, as after a failed create. */
export function publishedImageOf(state: Properties): PublishedImage | undefined {
  const image = stateSchema.safeParse(state).data;
  if (image === undefined) return undefined;
  const { status, repository, tags, latest } = image;
  return { status, repository, tags, latest, lines: image.lines.map(publishedLine), behind: [] };
}

function publishedLine(line: z.infer<typeof lineSchema>): PublishedLine {
  const { endOfLife, packagesAdded, skipped, warnings, dev } = line;
  return {
    line: line.line,
    ...publishedVariant(line),
    dev: dev === undefined ? undefined : publishedVariant(dev),
    packagesAdded,
    skipped,
    endOfLife,
    warnings,
  };
}

function publishedVariant(variant: z.infer<typeof variantSchema>): PublishedVariant {
  const { status, version, digest, tags, sbomUrl, sbomUrls, error, errorCode } = variant;
  return {
    status,
    version,
    digest,
    tags,
    sbomUrl,
    sbomUrls,
    error:
      error === undefined ? undefined : { code: errorCode ?? 'image/line-failed', message: error, hint: undefined },
  };
}

/** How the registry differs from a state: one sentence each, none when it stands as it was left. */
export function imageDrift(state: Properties, found: PublishedImage): readonly string[] {
  const expected = publishedImageOf(state);
  if (expected === undefined) return [];
  const moved = Object.entries(expected.tags).flatMap(([tag, digest]) => {
    const now = found.tags[tag];
    if (now === digest) return [];
    return [now === undefined ? `the tag ${tag} is missing` : `the tag ${tag} points to ${now} instead of ${digest}`];
  });
  return [...moved, ...found.behind];
}
