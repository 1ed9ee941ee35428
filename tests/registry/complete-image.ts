/** Looks into a registry in memory as a reader would at that moment. */
import { documentOf } from './memory-registry.js';
import type { MemoryRegistry } from './memory-registry.js';
import { incompleteTags } from './faulty-registry.js';

const wanted = [
  'application/spdx+json',
  'application/vnd.cyclonedx+json',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
];

/**
 * The tags of a repository that lead to an image which is not there whole, or not with its SBOMs and signatures, of the index and of each
 * image in it.
 */
export function incompleteImages(registry: MemoryRegistry, name: string): readonly string[] {
  const { tags, manifests } = registry.repository(name);
  const beside = new Map<string, Set<string>>();
  for (const { content } of manifests.values()) {
    const { subject, artifactType } = documentOf(content) ?? {};
    if (subject === undefined || artifactType === undefined) continue;
    beside.set(subject, (beside.get(subject) ?? new Set()).add(artifactType));
  }
  const missing = [...tags].flatMap(([tag, digest]) => {
    const found = manifests.get(digest);
    const children = found === undefined ? [] : (documentOf(found.content)?.manifests ?? []);
    // A claim is no image, nor is a list of referrers.
    if (children.length === 0 || tag.startsWith('sha256-')) return [];
    return [digest, ...children].flatMap((subject) =>
      wanted.filter((type) => !beside.get(subject)?.has(type)).map((type) => `${tag} has no ${type} of ${subject}`),
    );
  });
  return [...incompleteTags(registry), ...missing];
}

/** Puts what one registry has in a repository into another. */
export function copyRepository(from: MemoryRegistry, to: MemoryRegistry, name: string): void {
  const [source, target] = [from.repository(name), to.repository(name)];
  for (const [digest, content] of source.blobs) target.blobs.set(digest, content);
  for (const [digest, manifest] of source.manifests) target.manifests.set(digest, manifest);
  for (const [tag, digest] of source.tags) target.tags.set(tag, digest);
}
