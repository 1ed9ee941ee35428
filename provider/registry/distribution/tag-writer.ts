import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../support/digest.js';
import { inParallel } from '../../support/in-parallel.js';
import { registryError } from '../registry-error.js';
import type { TagMove } from '../registry.js';
import { assertExpected, assertTag, tagMoved } from '../tag.js';
import { digestOfReference, recallManifest, writeManifest } from './manifests.js';
import type { ManifestMemory } from './manifests.js';
import type { Remote } from './remote.js';

/** How often tags are written because somebody else moves them meanwhile. */
const mostTries = 6;

/**
 * Points tags at manifests that are there, in the order given, and reads all of them back. When another writer has moved one of them
 * meanwhile, it is written again after a pause of random length, so that of two writers the last has all of its tags and no mixture
 * stays. Tags that are right are not written.
 *
 * Throws `registry/tag-moved` when a tag is not where it was expected, before any is moved, or when the other does not stop;
 * `registry/missing` when there is no such manifest.
 */
export async function moveTags(remote: Remote, memory: ManifestMemory, moves: readonly TagMove[]): Promise<void> {
  const { session, signal, settings } = remote;
  for (const { tag } of moves) assertTag(session.repository, tag);
  const goals = [...new Map(moves.map((move) => [move.tag, move])).values()];
  let now = await readTags(remote, goals);
  for (const move of goals) assertExpected(session.repository, move, now.get(move.tag));
  for (let tries = 1; ; tries += 1) {
    const wrong = goals.filter(({ tag, digest }) => now.get(tag) !== digest);
    const [first] = wrong;
    if (first === undefined) return;
    if (tries > mostTries) throw tagMoved(session.repository, first, now.get(first.tag));
    if (tries > 1) await delay(session.patience.pause * tries * settings.random(), undefined, { signal });
    for (const move of wrong) await writeTag(remote, memory, move);
    now = await readTags(remote, goals);
  }
}

async function readTags(remote: Remote, moves: readonly TagMove[]): Promise<ReadonlyMap<string, Digest | undefined>> {
  const read = async ({ tag }: TagMove) => [tag, await digestOfReference(remote, tag)] as const;
  return new Map(await inParallel(moves, read, remote.settings.concurrency));
}

async function writeTag(remote: Remote, memory: ManifestMemory, { tag, digest }: TagMove): Promise<void> {
  const manifest = await recallManifest(remote, memory, digest);
  if (manifest === undefined) {
    const what = `the tag ${tag} cannot point to ${digest}, which is not there`;
    throw registryError('registry/missing', remote.session.repository, what, {
      hint: 'Put the manifest before its tags.',
      data: { tag, digest },
    });
  }
  await writeManifest(remote, memory, manifest, tag);
}
