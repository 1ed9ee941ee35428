import type { Digest, SizedDigest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { isRefusal } from './authorizer.js';
import { blobParts } from './blob-parts.js';
import type { BlobParts, BlobSource } from './blob-parts.js';
import { addressOf, isKnown, remember } from './remote.js';
import type { Remote } from './remote.js';
import { beginUpload, cancelUpload, finish, sendPiece, statusOf } from './upload-session.js';
import type { Upload } from './upload-session.js';

/** The smallest piece that a blob is cut into, where the server takes nothing larger. Bytes. */
const smallestChunk = 1024 * 1024;

/** What registries answer that do not know the way in which a blob is sent, or do not take so much at a time. */
const otherwiseStatuses = new Set([400, 405, 411, 413, 415, 416, 501]);

/** Whether the blob is in the repository, of the right size where the registry says one. */
export async function hasBlob(remote: Remote, digest: Digest, size?: number): Promise<boolean> {
  if (isKnown(remote, digest)) return true;
  const answer = await remote.session.send({
    method: 'HEAD',
    url: addressOf(remote, `blobs/${digest}`),
    access: [{ repository: remote.reference.path, actions: ['pull'] }],
    expect: [200, 404],
    signal: remote.signal,
  });
  await answer.discard();
  const length = answer.headers['content-length'];
  const isThere = answer.status === 200 && (size === undefined || length === undefined || Number(length) === size);
  if (isThere) remember(remote, digest);
  return isThere;
}

/**
 * Brings a blob into the repository: by taking it over from one of `sources`, other repositories of the registry, where it allows that;
 * else by sending it, in one piece or in several. One that is new is not looked for first. What was cut off is resumed where the registry kept the beginning, else begun anew.
 *
 * Throws `registry/mismatch` when the content is not the blob, what the content throws, and what requests throw.
 */
export async function uploadBlob(
  remote: Remote,
  blob: SizedDigest,
  source: BlobSource,
  { sources, isNew }: { readonly sources: readonly string[]; readonly isNew: boolean },
): Promise<void> {
  if (!isNew && (await hasBlob(remote, blob.digest, blob.size))) return;
  const begun = await mount(remote, blob.digest, sources);
  if (begun !== 'mounted') await sendBlob(remote, blob, source, begun);
  remember(remote, blob.digest);
}

/** An upload that a registry begins instead of a mount that it does not do; undefined when it does not do that either. */
async function mount(
  remote: Remote,
  digest: Digest,
  sources: readonly string[],
): Promise<Upload | undefined | 'mounted'> {
  for (const from of sources) {
    try {
      const upload = await beginUpload(remote, { digest, from });
      if (upload === undefined) return 'mounted';
      if (from === sources.at(-1)) return upload;
      await cancelUpload(remote, upload);
    } catch (error) {
      // Whatever it has against the mount, it may well take the blob from us.
      if (!isRefusal(error)) throw error;
    }
  }
  return undefined;
}

/** How a blob is sent; changes when the registry does not like it. */
interface Manner {
  /** In one request, unless the registry has a part of it already. */
  whole: boolean;
  /** Whether the registry takes pieces. */
  pieces: boolean;
  /** The largest piece. Bytes. */
  piece: number;
}

async function sendBlob(
  remote: Remote,
  blob: SizedDigest,
  source: BlobSource,
  begun: Upload | undefined,
): Promise<void> {
  const { session, settings, signal } = remote;
  const manner: Manner = { whole: blob.size <= settings.monolithic, pieces: true, piece: settings.chunk };
  const parts = blobParts(blob, source);
  let upload = begun;
  let failures = 0;
  try {
    for (;;) {
      const current = upload ?? (await beginUpload(remote));
      if (current === undefined) return;
      let reached = current;
      try {
        await transfer(remote, blob, current, manner, parts, (next) => (reached = next));
        return;
      } catch (error) {
        await parts.close();
        const isFileRefused = parts.leaveFile() && isPrivateImageError(error, 'registry/mismatch');
        failures = reached.offset > current.offset ? 1 : failures + 1;
        const isLost = isPrivateImageError(error, 'registry/missing') && failures < session.patience.attempts;
        if (isFileRefused || isLost || otherManner(error, manner, current, reached)) {
          await cancelUpload(remote, reached);
          // Where the blob is all right here, something happened to it on its way that may not happen again.
          if (isFileRefused) await parts.verify(signal);
          upload = undefined;
          continue;
        }
        await session.pause(error, failures, signal).catch(async (final: unknown) => {
          await cancelUpload(remote, reached);
          throw final;
        });
        // What takes no large requests may say so by cutting them off.
        if (failures > 1 && manner.pieces) manner.whole = false;
        // The answer may be all that was lost.
        if (await hasBlob(remote, blob.digest, blob.size)) {
          await parts.verify(signal);
          return;
        }
        upload = await resume(remote, reached, blob, manner);
      }
    }
  } finally {
    await parts.close();
  }
}

async function transfer(
  remote: Remote,
  blob: SizedDigest,
  begun: Upload,
  manner: Manner,
  parts: BlobParts,
  reach: (upload: Upload) => void,
): Promise<void> {
  if (begun.offset === 0 && manner.whole) {
    if (!(await finish(remote, begun, blob, parts.whole()))) await parts.verify(remote.signal);
    return;
  }
  let upload = begun;
  while (upload.offset < blob.size) {
    const piece = Math.min(Math.max(manner.piece, upload.smallest), blob.size - upload.offset);
    upload = await sendPiece(remote, upload, piece, parts);
    reach(upload);
  }
  await finish(remote, upload, blob);
}

/** Changes `manner` when `error` says that the registry does not take a blob so but may take it otherwise; else false. */
function otherManner(error: unknown, manner: Manner, begun: Upload, reached: Upload): boolean {
  if (!isPrivateImageError(error, 'registry/refused') || !manner.pieces) return false;
  const { status } = error.data;
  const sentWhole = manner.whole && begun.offset === 0;
  if (status === 413 && !sentWhole) {
    if (manner.piece <= Math.max(smallestChunk, reached.smallest)) return false;
    manner.piece = Math.max(Math.floor(manner.piece / 4), smallestChunk);
    return true;
  }
  if (typeof status !== 'number' || !otherwiseStatuses.has(status)) return false;
  // In pieces when not in one; and when that does not do either, once more in one.
  manner.whole = !sentWhole;
  manner.pieces = sentWhole;
  return true;
}

/** The upload from where the registry has it; undefined when it is to be begun anew. */
async function resume(
  remote: Remote,
  reached: Upload,
  blob: SizedDigest,
  { pieces }: Manner,
): Promise<Upload | undefined> {
  const status = await statusOf(remote, reached).catch((error: unknown) => {
    if (isRefusal(error)) return undefined;
    throw error;
  });
  if (pieces && status !== undefined && status.offset > 0 && status.offset <= blob.size) return status;
  await cancelUpload(remote, reached);
  return undefined;
}
