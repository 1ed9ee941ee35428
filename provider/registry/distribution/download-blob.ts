import { createHash } from 'node:crypto';
import type { Digest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { registryError } from '../registry-error.js';
import { addressOf } from './remote.js';
import type { Remote } from './remote.js';
import type { RegistryAnswer } from './request.js';
import { transportFailure } from './wire.js';

/**
 * The content of a blob, hashed as it streams; a download that is cut off goes on where it ended. Throws `registry/missing`, and
 * `registry/mismatch` at its end when it is not the blob, or as soon as it is longer than `size`.
 */
export async function* downloadBlob(remote: Remote, digest: Digest, size?: number): AsyncGenerator<Uint8Array> {
  const { session, signal } = remote;
  const hash = createHash('sha256');
  let received = 0;
  for (let failures = 0; ; ) {
    const before = received;
    const answer = await requestFrom(remote, digest, received);
    const total = lengthOf(answer, received);
    if (size !== undefined && total !== undefined && total !== size) {
      await answer.discard();
      throw mismatch(remote, digest, `has ${total} bytes, not ${size}`);
    }
    // A server that knows no ranges begins at the beginning.
    let skip = answer.status === 206 ? 0 : received;
    try {
      for await (const chunk of answer.body) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        received += fresh.length;
        if (size !== undefined && received > size) throw mismatch(remote, digest, `has more than ${size} bytes`);
        hash.update(fresh);
        yield fresh;
      }
      break;
    } catch (error) {
      if (isPrivateImageError(error) && error.code.startsWith('registry/')) throw error;
      failures = received > before ? 1 : failures + 1;
      const failure = transportFailure(session.repository, 'GET', answer.url, error);
      await session.pause(failure, failures, signal);
    }
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== digest) throw mismatch(remote, digest, `has the digest ${actual}`);
  if (size !== undefined && received !== size) throw mismatch(remote, digest, `has ${received} bytes, not ${size}`);
}

async function requestFrom(remote: Remote, digest: Digest, start: number): Promise<RegistryAnswer> {
  const { session, signal, reference } = remote;
  const answer = await session.send({
    method: 'GET',
    url: addressOf(remote, `blobs/${digest}`),
    ...(start === 0 ? {} : { headers: { range: `bytes=${start}-` } }),
    access: [{ repository: reference.path, actions: ['pull'] }],
    expect: [200, 206, 404],
    signal,
  });
  if (answer.status === 404) {
    await answer.discard();
    throw registryError('registry/missing', session.repository, `there is no blob ${digest}`, {
      hint: 'Publish the image again.',
      data: { digest },
    });
  }
  if (answer.status === 206 && !new RegExp(`^bytes ${start}-`, 'u').test(answer.headers['content-range'] ?? '')) {
    await answer.discard();
    throw registryError('registry/malformed', session.repository, `another part of ${digest} came than was asked for`, {
      hint: 'The registry, or a proxy before it, does ranges wrongly.',
      data: { digest },
    });
  }
  return answer;
}

/** The length of the whole blob, as far as the answer says it. */
function lengthOf(answer: RegistryAnswer, start: number): number | undefined {
  const length = answer.headers['content-length'];
  if (length === undefined || answer.headers['content-encoding'] !== undefined) return undefined;
  return Number(length) + (answer.status === 206 ? start : 0);
}

function mismatch(remote: Remote, digest: Digest, what: string): Error {
  return registryError('registry/mismatch', remote.session.repository, `the content of ${digest} ${what}`, {
    hint: 'The content is damaged, or somebody has tampered with it. Publish the image again.',
    data: { digest },
  });
}
