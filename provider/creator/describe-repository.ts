import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import type { Repository } from '../registry/registry.js';
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

const sized = z.object({ digest: digestSchema, size: z.int().nonnegative() });
const manifestSchema = z.object({ config: sized, layers: z.array(sized) });
const configSchema = z.object({
  created: z.string().default(''),
  config: z.object({
    User: z.string().default(''),
    Entrypoint: z.array(z.string()).default([]),
    Cmd: z.array(z.string()).default([]),
    WorkingDir: z.string().default('/'),
    Env: z.array(z.string()).default([]),
    ExposedPorts: z.record(z.string(), z.unknown()).default({}),
    Volumes: z.record(z.string(), z.unknown()).default({}),
  }),
  history: z.array(z.object({ created_by: z.string().default(''), comment: z.string().default('') })).default([]),
});

/** Every private image build that a tag of `repository` points to, or `wanted` alone, oldest version first. Throws a `ZodError` when one is malformed. */
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
  const manifest = manifestSchema.parse(JSON.parse(found?.content.toString('utf8') ?? 'null'));
  const chunks: Uint8Array[] = [];
  for await (const chunk of repository.getBlob(manifest.config.digest, manifest.config.size)) chunks.push(chunk);
  const { created, config, history } = configSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  return {
    architecture,
    digest: image,
    created,
    user: config.User,
    entrypoint: config.Entrypoint,
    command: config.Cmd,
    workingDirectory: config.WorkingDir,
    environment: config.Env,
    ports: Object.keys(config.ExposedPorts),
    volumes: Object.keys(config.Volumes),
    layers: manifest.layers.map((layer, position) => ({ ...layer, title: titleOf(history[position]) })),
  };
}

function titleOf(entry: { readonly created_by: string; readonly comment: string } | undefined): string {
  return entry === undefined ? '' : entry.comment || entry.created_by;
}
