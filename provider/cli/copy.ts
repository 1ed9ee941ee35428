import { claimTag, readClaim } from '../creator/claim.js';
import { copyImage } from '../creator/copy-image.js';
import { type NamedImage, openReference } from '../creator/open-reference.js';
import type { Repository } from '../registry/registry.js';
import { registryError } from '../registry/registry-error.js';
import { isCosignTag } from '../signing/cosign-tag.js';
import type { Digest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import type { Action } from './action.js';
import { exitCodes } from './terminal.js';

/** What `private-image copy` takes beside the two places. */
export interface CopyOptions {
  readonly json?: boolean;
}

/**
 * `private-image copy`: brings an image, or all that a repository has, from one registry or layout to another, with the SBOMs, signatures
 * and plans beside it. Tags come last, and what is there already is not sent again.
 */
export function copyCommand(source: string, place: string, options: CopyOptions): Action {
  return async (creator, terminal) => {
    const from = openReference(creator, source, terminal.workingDirectory);
    const to = openReference(creator, place, terminal.workingDirectory);
    const target = tagOf(from, to);
    const tags =
      target === undefined
        ? await imageTags(from.repository)
        : { [target]: await digestAt(from.repository, from.reference) };
    to.repository.expectWrites();
    if ((await readClaim(to.repository)) !== undefined) {
      throw malformed(
        `${to.repository.reference} is kept by a PrivateImage resource, which would move the tags back`,
        'Copy to another repository, or let the resource publish there as well: the setting mirrorRegistries.',
      );
    }
    creator.report({ kind: 'status', message: `copying ${from.repository.reference} to ${to.repository.reference}` });
    await copyImage(creator, from.repository, to.repository, tags);
    const copied = Object.entries(tags).map(([tag, digest]) => ({ tag, digest }));
    if (options.json === true) terminal.write(`${JSON.stringify(copied, null, 2)}\n`);
    else for (const { tag, digest } of copied) terminal.write(`${to.repository.reference}:${tag}  ${digest}\n`);
    return exitCodes.done;
  };
}

/** The tag under which one image is to be found; undefined when all of them keep theirs. */
function tagOf(from: NamedImage, to: NamedImage): string | undefined {
  if (to.reference !== undefined && isDigest(to.reference)) {
    throw malformed(
      'An image is copied to a tag, not to a digest',
      'It keeps its digest: leave out what follows the "@".',
    );
  }
  if (from.reference === undefined) {
    if (to.reference === undefined) return undefined;
    throw malformed(
      `All tags of ${from.repository.reference} cannot become the one tag ${to.reference}`,
      'Name a tag of the source as well, or none of the target.',
    );
  }
  const tag = to.reference ?? from.reference;
  if (isDigest(tag)) {
    throw malformed(
      'Nothing says under which tag the image is to be found',
      'Write the target with a tag: host/path:tag.',
    );
  }
  if (isImageTag(tag)) return tag;
  throw malformed(`The tag ${tag} stands for something else than an image`, 'Give it another tag: host/path:tag.');
}

/** Not of tags that hold signatures for an image, which are copied with it, or tell whose a repository is. */
function isImageTag(tag: string): boolean {
  return tag !== claimTag && !isCosignTag(tag);
}

function isDigest(reference: string): boolean {
  return reference.includes(':');
}

async function digestAt(repository: Repository, reference = ''): Promise<Digest> {
  const found = await repository.getManifest(reference);
  if (found !== undefined) return found.descriptor.digest;
  throw registryError('registry/missing', repository.reference, `there is no ${reference}`, {
    hint: 'private-image inspect shows what is there.',
  });
}

async function imageTags(repository: Repository): Promise<Readonly<Record<string, Digest>>> {
  const tags = await repository.tags({ only: isImageTag });
  if (tags.length > 0) return Object.fromEntries(tags.map(({ tag, digest }) => [tag, digest]));
  throw registryError('registry/missing', repository.reference, 'it has no tags', {
    hint: 'Name one image: host/<tenant>/<name> of a registry, or its folder, as .private-image/registry/<tenant>/<name>.',
  });
}

function malformed(message: string, hint: string): Error {
  return new PrivateImageError<'request/malformed'>('request/malformed', message, { hint });
}
