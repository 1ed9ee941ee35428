import pLimit from 'p-limit';
import type { Package, StoredPackage } from '../packages/package.js';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError, PrivateImageError } from '../support/errors.js';
import type { Creator } from './creator.js';

export type FetchErrorCode = 'package/wrong-checksum' | 'package/vanished' | 'package/unreachable';

/** Times that an archive is asked for again when its body was cut off; whole requests are retried by the HTTP client. */
const downloads = 3;

/**
 * The archives of `packages` in the store, fetched where they are not there yet and checked against the signed index before a
 * byte is used. Errors name the package: `package/wrong-checksum`, `package/vanished` (the mirror has it no more),
 * `package/unreachable`.
 */
export async function fetchPackages(
  creator: Creator,
  packages: readonly Package[],
): Promise<ReadonlyMap<Package, StoredPackage>> {
  const limit = pLimit(creator.settings.concurrency);
  let done = 0;
  const stored = await Promise.all(
    packages.map((wanted) =>
      limit(async () => {
        const archive = await fetchPackage(creator, wanted);
        done += 1;
        creator.report({ kind: 'status', message: `fetching packages ${done}/${packages.length}` });
        return [wanted, { package: wanted, archive }] as const;
      }),
    ),
  );
  return new Map(stored);
}

async function fetchPackage(creator: Creator, wanted: Package): Promise<Digest> {
  const { size, checksum, url } = wanted.archive;
  const digest: Digest = `sha256:${checksum.value}`;
  if ((await creator.store.sizeOf(digest)) === size) return digest;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await creator.http.get(url, { maxBytes: size, signal: creator.signal });
      await creator.store.put(response.body, { digest, size });
      return digest;
    } catch (error) {
      if (attempt < downloads && isPrivateImageError(error, 'http/cut-off', 'http/too-slow')) continue;
      throw fetchError(wanted, error);
    }
  }
}

function fetchError(wanted: Package, cause: unknown): unknown {
  const name = `${wanted.name} ${wanted.version} (${wanted.architecture})`;
  const data = { package: wanted.name, version: wanted.version, architecture: wanted.architecture };
  if (isPrivateImageError(cause, 'store/mismatch', 'http/too-large')) {
    return new PrivateImageError<FetchErrorCode>(
      'package/wrong-checksum',
      `The archive of ${name} is not what the signed index of ${wanted.repository} says`,
      {
        cause,
        data,
        hint: 'The mirror is damaged, half-way through an update, or hostile: try again later or use another mirror.',
      },
    );
  }
  if (isPrivateImageError(cause, 'http/status') && (cause.data['status'] === 404 || cause.data['status'] === 410)) {
    return new PrivateImageError<FetchErrorCode>(
      'package/vanished',
      `The mirror of ${wanted.repository} no longer has ${name}`,
      {
        cause,
        data,
        hint: 'The index moved on since this was planned: run again and a newer version is planned.',
      },
    );
  }
  if (isPrivateImageError(cause) && cause.code.startsWith('http/') && cause.code !== 'http/aborted') {
    return new PrivateImageError<FetchErrorCode>('package/unreachable', `${name} cannot be fetched`, { cause, data });
  }
  return cause;
}
