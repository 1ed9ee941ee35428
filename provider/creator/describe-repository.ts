import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import type { Repository } from '../registry/registry.js';
import { registryError } from '../registry/registry-error.js';
import { type Digest } from '../support/digest.js';
import { readIndex } from './read-index.js';
import { byExactness } from './exactness.js';
import { standingSboms } from './standing-sboms.js';

/** A build in a repository as a person wants to see it. */
export interface BuildDescription {
  readonly digest: Digest;
  /** Most exact first. */
  readonly tags: readonly string[];
  readonly line: string;
  readonly version: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly images: readonly ImageDescription[];
  readonly sbomUrl: string | undefined;
}

export interface ImageDescription {
  readonly architecture: string;
  readonly digest: Digest;
  readonly created: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly environment: readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly layers: readonly { readonly digest: Digest; readonly size: number; readonly title: string }[];
}

/** A config longer than this is none. Bytes. */
const longestConfig = 4 * 1024 * 1024;

const sized = z.object({ digest: digestSchema, size: z.int().nonnegative() });
const manifestSchema = z.object({ config: sized, layers: z.array(sized) });
/** Programs in Go write `null` for what is not set. */
const words = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const keys = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((record) => Object.keys(record ?? {}));
const configSchema = z.object({
  created: z.string().default(''),
  config: z.object({
    User: z.string().default(''),
    Entrypoint: words,
    Cmd: words,
    WorkingDir: z.string().default('/'),
    Env: words,
    ExposedPorts: keys,
    Volumes: keys,
  }),
  history: z.array(z.object({ created_by: z.string().default(''), comment: z.string().default('') })).default([]),
});

/** Every private image build that a tag of `repository` points to, or `wanted` alone, oldest version first. Throws `registry/malformed`. */
export async function describeRepository(
  repository: Repository,
  wanted?: Digest,
): Promise<readonly BuildDescription[]> {
  const pointers = await repository.tags();
  const builds: BuildDescription[] = [];
  for (const target of new Set(pointers.map((pointer) => pointer.digest))) {
    const index = wanted === undefined || wanted === target ? await readIndex(repository, target) : undefined;
    if (index === undefined) continue;
    const { line, version, annotations } = index;
    const sboms = await standingSboms(repository, index);
    const tags = pointers.filter((pointer) => pointer.digest === target).map((pointer) => pointer.tag);
    const images: ImageDescription[] = [];
    for (const manifest of index.manifests)
      images.push(await describeImage(repository, manifest.architecture, manifest.digest));
    tags.sort(byExactness);
    builds.push({ digest: target, tags, line, version, annotations, images, sbomUrl: sboms?.whole });
  }
  return builds.sort((left, right) => left.version.localeCompare(right.version, 'en', { numeric: true }));
}

async function describeImage(repository: Repository, architecture: string, image: Digest): Promise<ImageDescription> {
  const found = await repository.getManifest(image);
  if (found === undefined) throw malformed(repository, `its image ${image} is not there`);
  const manifest = readAs(manifestSchema, found.content, () => malformed(repository, `${image} is no image`));
  if (manifest.config.size > longestConfig) {
    throw malformed(repository, `the config of ${image} has ${manifest.config.size} bytes`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of repository.getBlob(manifest.config.digest, manifest.config.size)) chunks.push(chunk);
  const { created, config, history } = readAs(configSchema, Buffer.concat(chunks), () =>
    malformed(repository, `the config of ${image} is no image's`),
  );
  return {
    architecture,
    digest: image,
    created,
    user: config.User,
    entrypoint: config.Entrypoint,
    command: config.Cmd,
    workingDirectory: config.WorkingDir,
    environment: config.Env,
    ports: config.ExposedPorts,
    volumes: config.Volumes,
    layers: manifest.layers.map((layer, position) => ({ ...layer, title: titleOf(history[position]) })),
  };
}

function titleOf(entry: { readonly created_by: string; readonly comment: string } | undefined): string {
  return entry === undefined ? '' : entry.comment || entry.created_by;
}

function readAs<Schema extends z.ZodType>(schema: Schema, content: Buffer, fault: () => Error): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    throw fault();
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw fault();
  return parsed.data;
}

function malformed(repository: Repository, what: string): Error {
  return registryError('registry/malformed', repository.reference, what, {
    hint: 'Whatever wrote it is no OCI tool, or it is damaged: private-image inspect --validate says more.',
  });
}
