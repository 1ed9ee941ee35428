import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { isPrivateImageError } from '../../support/errors.js';
import { archiveError } from '../archive-error.js';
import { unpackWithZlib } from '../zlib-stream.js';

/** How a file of a Debian repository or a member of a `.deb` is packed, by the end of its name. */
export type Compression = 'none' | 'gz' | 'xz' | 'zst';

/** The compression that the end of `name` tells, as `data.tar.xz`; undefined for one that is not supported (`bz2`, `lzma`). */
export function compressionOf(name: string): Compression | undefined {
  const ending = /\.(gz|xz|zst|bz2|lzma|lz4)$/.exec(name)?.[1];
  if (ending === undefined) return 'none';
  return ending === 'gz' || ending === 'xz' || ending === 'zst' ? ending : undefined;
}

/**
 * Unpacks a stream as it comes, to the end of `source`. The caller limits how much it takes; the output is not limited here,
 * but for zstd where Node has none of its own (see `unzstd`).
 *
 * One xz stream is unpacked at a time on one thread; the next waits until the one before was read to its end or let go.
 * Throws `archive/malformed`, `archive/truncated`, `archive/trailing-data`, `archive/unsupported`, `archive/too-large`; errors of
 * `source` pass as they are.
 */
export function decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  subject: string,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'none':
      return source;
    case 'gz':
      return unpackWithZlib(source, 'gzip', subject);
    case 'xz':
      return unxz(source, subject);
    case 'zst':
      return 'createZstdDecompress' in zlib ? unpackWithZlib(source, 'zstd', subject) : unzstd(source, subject);
  }
}

/** Both decoders are loaded when a stream needs one: most threads never see it. */
async function* unzstd(source: AsyncIterable<Uint8Array>, subject: string): AsyncGenerator<Uint8Array> {
  const zstd = await import('./zstd.js');
  yield* zstd.unzstd(source, subject);
}

async function* unxz(source: AsyncIterable<Uint8Array>, subject: string): AsyncGenerator<Uint8Array> {
  const { default: xzDecompress } = await import('xz-decompress');
  let any = false;
  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      if (chunk.length === 0) continue;
      any = true;
      yield chunk;
    }
    // The decoder fails on an empty input in its own way.
    if (!any) throw archiveError('archive/truncated', subject, 'the xz stream is empty');
  }
  const packed = Readable.toWeb(Readable.from(checked(), { highWaterMark: 1 })) as ReadableStream<Uint8Array>;
  try {
    for await (const chunk of new xzDecompress.XzReadableStream(packed)) {
      if (chunk.length > 0) yield chunk;
    }
  } catch (error) {
    throw xzError(error, subject);
  }
}

/** The decoder says what is wrong by number only (`enum xz_ret` of xz-embedded). */
function xzError(error: unknown, subject: string): unknown {
  if (isPrivateImageError(error)) return error;
  const code = error instanceof Error ? /failed with error code (\d+)/.exec(error.message)?.[1] : undefined;
  switch (code) {
    case undefined:
      return error;
    case '3':
    case '4':
      return archiveError(
        'archive/too-large',
        subject,
        'the xz stream wants too much memory (a dictionary over 64 MiB)',
      );
    case '6':
      return archiveError(
        'archive/unsupported',
        subject,
        'the xz stream has a filter or check that packages do not use',
      );
    case '8':
      return archiveError('archive/truncated', subject, 'the xz stream ends too early, or has data behind its end');
    default:
      return archiveError('archive/malformed', subject, 'the xz stream is damaged');
  }
}
