import path from 'node:path';
import { z } from 'zod';
import { isRegistrySetting } from '../registry/distribution/reference.js';
import type { Place, Properties } from './resource.js';

const placeSchema = z.object({ tenant: z.string().min(1), registry: z.string().min(1) });

/** The place that a property bag names, else `fallback`. */
export function placeOf(properties: Properties, fallback: Place): Place {
  return placeSchema.safeParse(properties).data ?? fallback;
}

/**
 * A registry in the form that a state keeps. A folder is relative with forward slashes when it lies in the program's folder, so that a
 * program can be moved together with its registry; else absolute.
 */
export function portableRegistry(registry: string, workingDirectory: string): string {
  if (isRegistrySetting(registry)) return registry;
  const relative = path.relative(workingDirectory, registry);
  const inside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  if (!inside) return registry;
  const portable = relative.split(path.sep).join('/');
  // A folder can have the name of a host.
  return isRegistrySetting(portable) ? `./${portable}` : portable;
}

/** The registry that a state names: what `portableRegistry` was given. */
export function registryAt(portable: string, workingDirectory: string): string {
  return isRegistrySetting(portable) ? portable : path.resolve(workingDirectory, portable);
}
