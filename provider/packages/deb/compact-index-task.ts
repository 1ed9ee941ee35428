import { openStore } from '../../store/open-store.js';
import { readingBlob } from '../../store/reading-blob.js';
import type { Digest } from '../../support/digest.js';
import type { Task } from '../../support/tasks.js';
import { isPrivateImageError } from '../../support/errors.js';
import { compactIndexOf } from './compact-form.js';
import { decompress } from './decompress.js';
import type { Compression } from './decompress.js';
import { readPackagesFile } from './packages-file.js';
import { repositoryError } from './repository-error.js';
import type { CompactIndexBlobs } from './schema.js';

/** A verified `Packages` file in the store; fit to be sent to another thread. */
export interface CompactIndexRequest {
  readonly storeRoot: string;
  /** The digest of the file as it is packed. */
  readonly packed: Digest;
  readonly compression: Compression;
  readonly architecture: string;
  /** Bytes that it may unpack to. */
  readonly maxBytes: number;
  /** Which index this is, for errors. */
  readonly repository: string;
}

/** Unpacks and parses a `Packages` file, puts its compact form into the store, and gives that form's blobs. */
export const compactIndexTask: Task<CompactIndexRequest, CompactIndexBlobs> = {
  module: new URL('./compact-index-task.js', import.meta.url).href,
  name: 'compactIndexTask',
  run: (request) => readingBlob(openStore(request.storeRoot), request.packed, () => makeCompactIndex(request)),
};

async function makeCompactIndex(request: CompactIndexRequest): Promise<CompactIndexBlobs> {
  const { repository } = request;
  const store = openStore(request.storeRoot);
  const unpacked = decompress(store.open(request.packed), request.compression, repository);
  try {
    const batches = readPackagesFile(limited(unpacked, request), request.architecture, repository);
    const { tables, records } = await compactIndexOf(batches, (body) => store.put(body));
    return { tables: (await store.put(tables)).digest, records: records.digest };
  } catch (error) {
    if (!(isPrivateImageError(error) && error.code.startsWith('archive/'))) throw error;
    throw repositoryError('repository/malformed', repository, 'its Packages index cannot be unpacked', {
      cause: error,
    });
  }
}

async function* limited(source: AsyncIterable<Uint8Array>, request: CompactIndexRequest): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > request.maxBytes) {
      throw repositoryError(
        'repository/malformed',
        request.repository,
        `its Packages index unpacks to more than the ${request.maxBytes} bytes that are allowed`,
      );
    }
    yield chunk;
  }
}
