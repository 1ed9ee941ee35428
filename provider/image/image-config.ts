import { splitCommandLine } from './command-line.js';
import type { Entrypoint } from './configuration.js';
import type { BuiltLayer, ImageRecipe } from './recipe.js';
import { supervisor } from './supervision-tree.js';

const defaultEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
/** What apko gives every image. */
const apkoEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin',
  SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
};
const createdAnnotation = 'org.opencontainers.image.created';

/**
 * The image config (https://github.com/opencontainers/image-spec/blob/main/config.md) as JSON with keys in the order of the
 * specification. `created` is in seconds since the epoch, `user` what the image runs as.
 */
export function imageConfig(
  recipe: ImageRecipe,
  layers: readonly BuiltLayer[],
  created: number,
  user: string | undefined,
): string {
  const time = timestampOf(created);
  return JSON.stringify({
    created: time,
    architecture: recipe.architecture,
    os: 'linux',
    config: containerConfig(recipe, created, user),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ title }) => ({ created: time, created_by: 'pulumi-private-image', comment: title })),
  });
}

/** The annotations of the manifest; apko's images say when they were made. `created` is in seconds since the epoch. */
export function imageAnnotations(recipe: ImageRecipe, created: number): Readonly<Record<string, string>> {
  return { ...recipe.configuration.annotations, ...recipe.annotations, ...createdNote(recipe, created) };
}

function createdNote(recipe: ImageRecipe, created: number): Readonly<Record<string, string>> {
  return recipe.apk === undefined ? {} : { [createdAnnotation]: timestampOf(created) };
}

/** An RFC 3339 timestamp in UTC, without fractions. */
function timestampOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** `record` with its keys in order, whatever order they were given in. */
export function sortedRecord<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(record).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  );
}

function containerConfig(
  recipe: ImageRecipe,
  created: number,
  user: string | undefined,
): Readonly<Record<string, unknown>> {
  const { configuration, labels } = recipe;
  const entrypoint = entrypointOf(configuration.entrypoint);
  const command = configuration.cmd === undefined ? [] : splitCommandLine(configuration.cmd);
  const allLabels = sortedRecord({ ...statedAnnotations(recipe), ...createdNote(recipe, created), ...labels });
  const environment = recipe.apk === undefined ? defaultEnvironment : apkoEnvironment;
  return {
    ...(user === undefined ? {} : { User: user }),
    ...(configuration.ports.length === 0 ? {} : { ExposedPorts: emptyObjects(configuration.ports) }),
    Env: Object.entries({ ...environment, ...configuration.environment })
      .map(([key, value]) => `${key}=${value}`)
      .sort(),
    ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }),
    ...(command.length === 0 ? {} : { Cmd: command }),
    ...(configuration.volumes.length === 0 ? {} : { Volumes: emptyObjects(configuration.volumes) }),
    ...(configuration.workDir === undefined ? {} : { WorkingDir: configuration.workDir }),
    ...(Object.keys(allLabels).length === 0 ? {} : { Labels: allLabels }),
    ...(configuration.stopSignal === undefined ? {} : { StopSignal: configuration.stopSignal }),
  };
}

/** What becomes a label as well. The source and revision that apko takes from `vcs-url` are on the index alone. */
function statedAnnotations({ configuration, apk }: ImageRecipe): Readonly<Record<string, string>> {
  if (apk?.file === undefined) return configuration.annotations;
  const stated = Object.keys(apk.file['annotations'] ?? {});
  return Object.fromEntries(Object.entries(configuration.annotations).filter(([name]) => stated.includes(name)));
}

function entrypointOf(entrypoint: Entrypoint | undefined): readonly string[] {
  if (entrypoint === undefined) return [];
  if (entrypoint.shellFragment !== undefined) return ['/bin/sh', '-c', entrypoint.shellFragment];
  if (entrypoint.type === 'service-bundle') return splitCommandLine(supervisor);
  return entrypoint.command === undefined ? [] : splitCommandLine(entrypoint.command);
}

/** How the specification writes a set. */
function emptyObjects(keys: readonly string[]): Readonly<Record<string, object>> {
  return sortedRecord(Object.fromEntries(keys.map((key) => [key, {}])));
}
