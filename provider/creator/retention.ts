import type { Repository } from '../registry/registry.js';
import { isCosignTag } from '../signing/cosign-tag.js';
import type { Digest } from '../support/digest.js';
import { starterLabel } from './annotations.js';
import type { Creator } from './creator.js';
import { deleteBuilds } from './delete-builds.js';
import { readIndex } from './read-index.js';
import { hasTimestamp } from './tags.js';

/**
 * Deletes the old builds of a starter that the setting `retention` does not keep: those that only timestamp tags point to, all but the
 * newest of each line and variant. Nothing is deleted without the setting.
 */
export async function retireBuilds(creator: Creator, repository: Repository, starter: string): Promise<void> {
  const { retention } = creator.settings;
  if (retention === undefined) return;
  const groups = await oldBuilds(repository, starter);
  const retired = [...groups.values()].flatMap((builds) => newestFirst(builds).slice(retention));
  if (retired.length === 0) return;
  creator.report({ kind: 'status', message: `deleting ${retired.length} old builds of ${repository.reference}` });
  await deleteBuilds(creator, repository, retired);
}

/** By line and variant: the digests that are history, each with the newest time that a tag of it has. */
async function oldBuilds(
  repository: Repository,
  starter: string,
): Promise<ReadonlyMap<string, ReadonlyMap<Digest, string>>> {
  const pointers = await repository.tags({ only: (tag) => !isCosignTag(tag), settled: hasTimestamp });
  const live = new Set(pointers.filter(({ tag }) => !hasTimestamp(tag)).map(({ digest }) => digest));
  const groups = new Map<string, Map<Digest, string>>();
  for (const { tag, digest } of pointers) {
    if (live.has(digest)) continue;
    const index = await readIndex(repository, digest);
    if (index?.annotations[starterLabel] !== starter) continue;
    const group = groups.get(`${index.line} ${index.variant}`) ?? new Map<Digest, string>();
    groups.set(`${index.line} ${index.variant}`, group);
    const time = /\d{14}/u.exec(/\d{14}(?:-dev)?$/u.exec(tag)?.[0] ?? '')?.[0] ?? '';
    const known = group.get(digest) ?? '';
    group.set(digest, time > known ? time : known);
  }
  return groups;
}

function newestFirst(builds: ReadonlyMap<Digest, string>): readonly Digest[] {
  const keyOf = ([digest, time]: readonly [Digest, string]): string => `${time} ${digest}`;
  return [...builds].sort((left, right) => (keyOf(left) < keyOf(right) ? 1 : -1)).map(([digest]) => digest);
}
