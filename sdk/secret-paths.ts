import { Archive } from '@pulumi/pulumi/asset/archive.js';
import { Asset } from '@pulumi/pulumi/asset/asset.js';
import { isSecret, Output } from '@pulumi/pulumi/output.js';
import { Resource } from '@pulumi/pulumi/resource.js';
import { propertyPath } from '../provider/resources/faults.js';

/**
 * The paths of all secret values in a resource's arguments, as `environment.PASSWORD`; undefined when there are none. A resource process
 * gets them in the clear and cannot tell them from others.
 */
export async function secretPaths(args: object): Promise<readonly string[] | undefined> {
  const paths = await pathsIn(args, []);
  return paths.length === 0 ? undefined : paths;
}

async function pathsIn(value: unknown, path: readonly (string | number)[]): Promise<readonly string[]> {
  if (Output.isInstance(value)) return (await isSecret(value)) ? [propertyPath(path)] : [];
  // What is wrong with a promise is told by those who need its value.
  if (value instanceof Promise) return pathsIn(await value.catch(() => undefined), path);
  if (typeof value !== 'object' || value === null || isOneValue(value)) return [];
  const inner = Array.isArray(value)
    ? value.map((item: unknown, index) => pathsIn(item, [...path, index]))
    : Object.entries(value).map(([key, item]: [string, unknown]) => pathsIn(item, [...path, key]));
  return (await Promise.all(inner)).flat();
}

function isOneValue(value: object): boolean {
  return Resource.isInstance(value) || Asset.isInstance(value) || Archive.isInstance(value);
}
