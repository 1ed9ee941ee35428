import type { z } from 'zod';
import type { CheckFailure } from './resource.js';

/** A path in a property bag as Pulumi writes it: `packages[3]`, `environment.PATH`, `files["ca.crt"]`. */
export function propertyPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = String(part);
      if (!/^[A-Za-z_]\w*$/u.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

/**
 * What a schema found wrong in `value`, each fault with its property. A fault at a value that is not computed yet is none:
 * the value is looked at when it is there.
 */
export function faultsOf(error: z.ZodError, value: unknown, unknown: string): readonly CheckFailure[] {
  return error.issues
    .filter((issue) => valueAt(value, issue.path) !== unknown)
    .flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') return [{ property: propertyPath(issue.path), reason: issue.message }];
      return issue.keys.map((key) => ({
        property: propertyPath([...issue.path, key]),
        reason: 'there is no such property',
      }));
    });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((current, part) => {
    if (typeof current !== 'object' || current === null) return undefined;
    return Reflect.get(current, part);
  }, value);
}
