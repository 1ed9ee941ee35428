import { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import zlib from 'node:zlib';
import xzDecompress from 'xz-decompress';
import { isPrivateImageError } from '../../support/errors.js';
import { archiveError } from '../archive-error.js';
import { unzstd } from './zstd.js';

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
      return unpackWithZlib(source, zlib.createGunzip, 'gzip', subject);
    case 'xz':
      return unxz(source, subject);
    case 'zst':
      return 'createZstdDecompress' in zlib
        ? unpackWithZlib(source, zlib.createZstdDecompress as typeof zlib.createGunzip, 'zstd', subject)
        : unzstd(source, subject);
  }
}

async function* unpackWithZlib(
  source: AsyncIterable<Uint8Array>,
  create: typeof zlib.createGunzip,
  what: string,
  subject: string,
): AsyncGenerator<Uint8Array> {
  let given = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      given += chunk.length;
      yield chunk;
    }
  }
  const unpacked = create();
  // Errors reach the reader through the iteration below.
  pipeline(Readable.from(counted(), { objectMode: false }), unpacked, () => undefined);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw zlibError(error, what, subject);
  }
  // zlib passes over what follows the last member in silence.
  if (unpacked.bytesWritten !== given) {
    throw archiveError('archive/trailing-data', subject, `there is data behind the end of the ${what} stream`);
  }
}

function zlibError(error: unknown, what: string, subject: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') {
    return archiveError('archive/truncated', subject, `the ${what} stream ends too early`, {}, error);
  }
  if (typeof code === 'string' && /^(?:Z_|ZSTD_|ERR_PADDING|ERR_TRAILING_JUNK)/.test(code)) {
    return archiveError('archive/malformed', subject, `the ${what} stream is damaged`, {}, error);
  }
  return error;
}

async function* unxz(source: AsyncIterable<Uint8Array>, subject: string): AsyncGenerator<Uint8Array> {
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
