import type { Digest, SizedDigest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { registryError } from '../registry-error.js';
import type { BlobParts } from './blob-parts.js';
import { addressOf } from './remote.js';
import type { Remote } from './remote.js';
import type { RegistryAnswer, RequestBody } from './request.js';
import { targetOf } from './wire.js';

/** An upload that the registry has begun for us (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs). */
export interface Upload {
  /** Where the next request goes. */
  readonly location: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
  /** The smallest piece that the registry takes; 0 when it does not say. */
  readonly smallest: number;
}

const octets = { 'content-type': 'application/octet-stream' };

/** Begins an upload. With `from`, asks the registry to take the blob over from that repository; undefined when it did. */
export async function beginUpload(
  remote: Remote,
  mount?: { readonly digest: Digest; readonly from: string },
): Promise<Upload | undefined> {
  const url = addressOf(remote, 'blobs/uploads/');
  const own = { repository: remote.reference.path, actions: ['pull', 'push'] } as const;
  if (mount !== undefined)
    url.search = `?mount=${encodeURIComponent(mount.digest)}&from=${encodeURIComponent(mount.from)}`;
  const answer = await remote.session.send({
    method: 'POST',
    url,
    access: mount === undefined ? [own] : [own, { repository: mount.from, actions: ['pull'] }],
    expect: mount === undefined ? [202] : [201, 202],
    signal: remote.signal,
  });
  await answer.discard();
  if (answer.status === 201) return undefined;
  return { ...nextOf(remote, answer), offset: 0, smallest: wholeNumber(answer.headers['oci-chunk-min-length']) };
}

/** Sends the next piece, `size` bytes of it. What the registry says that it has counts, not what we sent. */
export async function sendPiece(remote: Remote, upload: Upload, size: number, parts: BlobParts): Promise<Upload> {
  const { offset, location } = upload;
  const answer = await remote.session.send({
    method: 'PATCH',
    url: location,
    headers: { ...octets, 'content-range': `${offset}-${offset + size - 1}` },
    body: parts.part(offset, size),
    access: accessOf(remote),
    expect: [202, 201, 204],
    retry: false,
    signal: remote.signal,
  });
  await answer.discard();
  const sent = offset + size;
  const stated = answer.headers['range'] === undefined ? undefined : offsetIn(answer.headers['range']);
  const next = stated === undefined || (stated === 0 && sent === 1) ? sent : stated;
  // One that takes note of nothing, as when its parts do not know of one another's uploads, would be sent the same for ever.
  if (next > sent || next <= offset) {
    throw registryError('registry/malformed', remote.session.repository, `an upload of ${sent} bytes has ${next}`, {
      hint: 'The registry is at odds with itself. Run it again.',
      data: { temporary: true },
    });
  }
  return { ...upload, ...nextOf(remote, answer), offset: next };
}

/**
 * Ends an upload whose bytes are all there; with `body`, sends all of them along, in this one request. True when the registry says which
 * digest it has found them to have. Throws `registry/mismatch` when it is not the blob.
 */
export async function finish(remote: Remote, upload: Upload, blob: SizedDigest, body?: RequestBody): Promise<boolean> {
  const url = new URL(upload.location);
  // As text: whatever the registry has put into its query stays letter by letter as it is.
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(blob.digest)}`;
  const answer = await remote.session
    .send({
      method: 'PUT',
      url,
      headers: octets,
      ...(body === undefined ? {} : { body }),
      access: accessOf(remote),
      expect: [201, 204],
      retry: false,
      signal: remote.signal,
    })
    .catch((error: unknown) => {
      throw isDigestRefusal(error) ? otherDigest(remote, blob, 'the registry says so', error) : error;
    });
  await answer.discard();
  const stated = answer.headers['docker-content-digest'];
  if (stated !== undefined && stated !== blob.digest)
    throw otherDigest(remote, blob, `the registry took it for ${stated}`);
  return stated !== undefined;
}

/** How much of an upload the registry has, and where to go on; undefined when it has forgotten about it. */
export async function statusOf(remote: Remote, upload: Upload): Promise<Upload | undefined> {
  const answer = await remote.session.send({
    method: 'GET',
    url: upload.location,
    access: accessOf(remote),
    // Not everything that takes uploads can be asked about them.
    expect: [204, 200, 202, 400, 404, 405, 416],
    signal: remote.signal,
  });
  await answer.discard();
  if (answer.status >= 300) return undefined;
  const offset = offsetIn(answer.headers['range'] ?? '');
  return offset === undefined ? undefined : { ...upload, ...nextOf(remote, answer, upload.location), offset };
}

/** Tells the registry that an upload is given up, so that it need not keep it. Best effort. */
export async function cancelUpload(remote: Remote, upload: Upload): Promise<void> {
  const signal = AbortSignal.timeout(5000);
  try {
    const expect = [200, 202, 204, 404];
    const access = accessOf(remote);
    const url = upload.location;
    const answer = await remote.session.send({ method: 'DELETE', url, access, expect, retry: false, signal });
    await answer.discard();
  } catch {
    // The registry forgets it by itself after a while.
  }
}

function accessOf({
  reference,
}: Remote): readonly { readonly repository: string; readonly actions: readonly ['pull', 'push'] }[] {
  return [{ repository: reference.path, actions: ['pull', 'push'] }];
}

function nextOf(remote: Remote, answer: RegistryAnswer, otherwise?: URL): { readonly location: URL } {
  const stated = answer.headers['location'];
  if (stated === undefined && otherwise !== undefined) return { location: otherwise };
  return { location: targetOf(remote.session.repository, answer.url, stated) };
}

/**
 * How many bytes `Range: 0-41` says that there are. Nothing and one byte are written alike, so that one is taken for nothing.
 */
function offsetIn(range: string): number | undefined {
  const end = /^(?:bytes=)?0-([0-9]{1,15})$/u.exec(range.trim())?.[1];
  if (end === undefined) return undefined;
  return end === '0' ? 0 : Number(end) + 1;
}

function isDigestRefusal(error: unknown): boolean {
  if (!isPrivateImageError(error, 'registry/refused') || error.data['status'] === 413) return false;
  const stated = error.data['errors'];
  const codes: readonly unknown[] = Array.isArray(stated)
    ? stated.map((one: { readonly code?: unknown }) => one.code)
    : [];
  return codes.includes('DIGEST_INVALID') || codes.includes('SIZE_INVALID');
}

function otherDigest(remote: Remote, blob: SizedDigest, why: string, cause?: unknown): Error {
  return registryError('registry/mismatch', remote.session.repository, `what arrived is not ${blob.digest}: ${why}`, {
    hint: 'The content was damaged on its way, or before. Run it again.',
    data: { digest: blob.digest },
    cause,
  });
}

function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^[0-9]{1,12}$/u.test(text) ? Number(text) : 0;
}
