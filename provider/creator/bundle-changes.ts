import { filesOfReference } from './bundles.js';
import type { Creator } from './creator.js';

/**
 * What happened to the files of a bundle between two versions, by reference: `+ name`, `- name`, `~ name`. Undefined when one of them is
 * nowhere any more.
 */
export async function bundleChanges(
  creator: Creator,
  before: string,
  after: string,
): Promise<readonly string[] | undefined> {
  const [old, now] = await Promise.all([filesOfReference(creator, before), filesOfReference(creator, after)]);
  if (old === undefined || now === undefined) return undefined;
  const [formerly, today] = [new Map(old.map(digestByName)), new Map(now.map(digestByName))];
  return [...new Set([...formerly.keys(), ...today.keys()])].sort().flatMap((name) => {
    if (formerly.get(name) === today.get(name)) return [];
    if (!formerly.has(name)) return [`+ ${name}`];
    return [today.has(name) ? `~ ${name}` : `- ${name}`];
  });
}

function digestByName({ name, digest }: { readonly name: string; readonly digest: string }): [string, string] {
  return [name, digest];
}
