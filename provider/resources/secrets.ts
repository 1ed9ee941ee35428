import type { CheckFailure, ResourceContext } from './resource.js';

/**
 * What to say of secret values below `property` of a call, for `who`: a fault each when they are forbidden, else nothing but a warning.
 * A secret in an image is none: whoever can pull it can read it.
 */
export function secretFaults(context: ResourceContext, property: string, who: string): readonly CheckFailure[] {
  const found = context.secrets.filter((path) => path === property || isBelow(path, property));
  const reason = `holds a secret, and everyone who can pull ${who} can read it`;
  if (context.forbidSecrets) {
    return found.map((path) => ({
      property: path,
      reason: `${reason}: give it to the container when it runs; private-image:forbidSecretsInImages allows no secrets here`,
    }));
  }
  for (const path of found) context.log({ kind: 'warning', message: `${path} ${reason}` });
  return [];
}

function isBelow(path: string, property: string): boolean {
  return path.startsWith(`${property}.`) || path.startsWith(`${property}[`);
}
