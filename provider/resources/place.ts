import path from 'node:path';
import { z } from 'zod';
import type { Place, Properties } from './resource.js';

const placeSchema = z.object({ tenant: z.string().min(1), registry: z.string().min(1) });

/** The place that a property bag names, else `fallback`. */
export function placeOf(properties: Properties, fallback: Place): Place {
  return placeSchema.safeParse(properties).data ?? fallback;
}

/**
 * A registry's folder in the form that a state keeps: relative with forward slashes when it lies in the program's folder, so that a
 * program can be moved together with its registry; else absolute.
 */
export function portableRegistry(registry: string, workingDirectory: string): string {
  const relative = path.relative(workingDirectory, registry);
  const inside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return inside ? relative.split(path.sep).join('/') : registry;
}
