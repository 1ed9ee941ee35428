import type { CheckFailure, ResourceContext } from './resource.js';

/**
 * What to say of secret values in `properties` of a call, for `who`: a fault each when they are forbidden, else nothing but a warning.
 * A secret in an image is none: whoever can pull it can read it.
 */
export function secretFaults(
  context: ResourceContext,
  properties: readonly string[],
  who: string,
): readonly CheckFailure[] {
  const found = context.secrets.filter((path) =>
    properties.some((property) => path === property || isBelow(path, property)),
  );
  const reason = `holds a secret, and everyone who can pull ${who} can read it`;
  if (context.forbidSecrets) {
    return found.map((path) => ({
      property: path,
      reason: `${reason}: what is secret is given to the container when it runs; private-image:forbidSecretsInImages allows no secrets here`,
    }));
  }
  for (const path of found) context.log({ kind: 'warning', message: `${path} ${reason}` });
  return [];
}

/**
 * Faults as the engine can be told of them where `secrets` are the paths of what is secret. It shows the value of a property that a fault is
 * about, of a secret one in the clear: such a fault is of the resource, and names its property in words. Of what is within a property it
 * shows nothing.
 */
export function withoutSecretValues(
  failures: readonly CheckFailure[],
  secrets: readonly string[],
): readonly CheckFailure[] {
  return failures.map((failure) => {
    const { property, reason } = failure;
    const isShown = secrets.some((path) => path === property || isBelow(path, property)) && !/[.[]/u.test(property);
    if (!isShown) return failure;
    return { property: '', reason: reason.includes(property) ? reason : `${property}: ${reason}` };
  });
}

function isBelow(path: string, property: string): boolean {
  return path.startsWith(`${property}.`) || path.startsWith(`${property}[`);
}
