import { splitCommandLine } from './command-line.js';
import type { Entrypoint, ImageConfiguration } from './configuration.js';
import { imageError } from './image-error.js';
import type { BuiltLayer, ImageRecipe } from './recipe.js';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The image config (https://github.com/opencontainers/image-spec/blob/main/config.md) as JSON with keys in the order of the
 * specification. `created` is in seconds since the epoch, `uid` the number of the default user.
 */
export function imageConfig(recipe: ImageRecipe, layers: readonly BuiltLayer[], created: number, uid: number): string {
  const { configuration } = recipe;
  const time = timestampOf(created);
  return JSON.stringify({
    created: time,
    architecture: recipe.architecture,
    os: 'linux',
    config: containerConfig(configuration, recipe.labels, uid),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ title }) => ({ created: time, created_by: 'pulumi-private-image', comment: title })),
  });
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
  configuration: ImageConfiguration,
  labels: Readonly<Record<string, string>>,
  uid: number,
): Readonly<Record<string, unknown>> {
  const entrypoint = entrypointOf(configuration.entrypoint);
  const command = configuration.cmd === undefined ? [] : splitCommandLine(configuration.cmd);
  const allLabels = sortedRecord({ ...configuration.annotations, ...labels });
  return {
    User: String(uid),
    ...(configuration.ports.length === 0 ? {} : { ExposedPorts: emptyObjects(configuration.ports) }),
    Env: Object.entries(sortedRecord({ PATH: defaultPath, ...configuration.environment })).map(
      ([key, value]) => `${key}=${value}`,
    ),
    ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }),
    ...(command.length === 0 ? {} : { Cmd: command }),
    ...(configuration.volumes.length === 0 ? {} : { Volumes: emptyObjects(configuration.volumes) }),
    ...(configuration.workDir === undefined ? {} : { WorkingDir: configuration.workDir }),
    ...(Object.keys(allLabels).length === 0 ? {} : { Labels: allLabels }),
    ...(configuration.stopSignal === undefined ? {} : { StopSignal: configuration.stopSignal }),
  };
}

function entrypointOf(entrypoint: Entrypoint | undefined): readonly string[] {
  if (entrypoint === undefined) return [];
  if (entrypoint.type === 'service-bundle' || entrypoint.shellFragment !== undefined) {
    const what = entrypoint.type === 'service-bundle' ? 'a service bundle' : 'a shell fragment';
    throw imageError('image/unsupported', `The entrypoint is ${what}, which is not supported`, {
      hint: 'Give the entrypoint as a command.',
    });
  }
  return entrypoint.command === undefined ? [] : splitCommandLine(entrypoint.command);
}

/** How the specification writes a set. */
function emptyObjects(keys: readonly string[]): Readonly<Record<string, object>> {
  return sortedRecord(Object.fromEntries(keys.map((key) => [key, {}])));
}
