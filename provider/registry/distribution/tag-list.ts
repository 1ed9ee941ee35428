import type { Digest } from '../../support/digest.js';
import { inParallel } from '../../support/in-parallel.js';
import { registryError } from '../registry-error.js';
import type { TagListOptions, TagPointer } from '../registry.js';
import { isTag } from '../tag.js';
import { tagListSchema } from './answer-schema.js';
import { digestOfReference } from './manifests.js';
import { readPages } from './pages.js';
import { isFallbackTag } from './referrers-tag.js';
import { addressOf } from './remote.js';
import type { Remote } from './remote.js';

/** The names of all tags, sorted; none when there is no such repository. Throws `registry/malformed`. */
async function tagNames(remote: Remote): Promise<readonly string[]> {
  const first = addressOf(remote, 'tags/list');
  first.search = '?n=1000';
  const pages = (await readPages(remote, { first, schema: tagListSchema, absent: [404] })) ?? [];
  const names = new Set(pages.flatMap(({ page }) => page.tags ?? []));
  for (const name of names) {
    if (isTag(name)) continue;
    throw registryError('registry/malformed', remote.session.repository, `a tag is none: ${JSON.stringify(name)}`, {
      hint: 'Whatever answers there is no registry, or a damaged one.',
    });
  }
  return [...names].sort();
}

/** All tags with what they point to, sorted by name. What `settled` tags point to is taken from `memory` and put there. */
export async function listTags(
  remote: Remote,
  memory: Map<string, Digest>,
  { only = () => true, settled = () => false }: TagListOptions,
): Promise<readonly TagPointer[]> {
  const names = (await tagNames(remote)).filter((name) => !isFallbackTag(name) && only(name));
  const pointers = await inParallel(
    names,
    async (tag) => {
      const known = settled(tag) ? memory.get(tag) : undefined;
      const digest = known ?? (await digestOfReference(remote, tag));
      if (digest !== undefined && settled(tag)) memory.set(tag, digest);
      return { tag, digest };
    },
    remote.settings.concurrency,
  );
  // A tag that has gone since it was listed is gone.
  return pointers.flatMap(({ tag, digest }) => (digest === undefined ? [] : [{ tag, digest }]));
}
