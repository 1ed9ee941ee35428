import { Gunzip, ZlibError, ZstdDecompress } from 'minizlib';
import { throughZlib } from '../support/zlib-engine.js';
import type { EngineOptions } from '../support/zlib-engine.js';
import { archiveError } from './archive-error.js';

const options: EngineOptions = { chunkSize: 128 * 1024 };

const gzipMagic = [0x1f, 0x8b];

/**
 * Unpacks `source` as it comes, to its end, on the calling thread: all gzip members or zstd frames (where Node has zstd), one after the other.
 * `subject` is the archive, for errors. What is unpacked is not limited here.
 *
 * Throws `archive/malformed`, `archive/truncated` and `archive/trailing-data`; errors of `source` pass as they are.
 */
export async function* unpackWithZlib(
  source: AsyncIterable<Uint8Array>,
  what: 'gzip' | 'zstd',
  subject: string,
): AsyncGenerator<Uint8Array> {
  let given = 0;
  const state = { isGzip: true };
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      for (let at = given; at < 2; at += 1) state.isGzip &&= (chunk[at - given] ?? gzipMagic[at]) === gzipMagic[at];
      given += chunk.length;
      yield chunk;
    }
  }
  const engine = what === 'gzip' ? new Gunzip(options) : new ZstdDecompress(options);
  try {
    // Zeros behind the last member would be passed over in silence.
    yield* throughZlib(counted(), engine, () => trailingData(what, subject));
  } catch (error) {
    if (!(error instanceof ZlibError)) throw error;
    // What follows a member is read as the next one: it is not the first whose beginning is wrong.
    if (what === 'gzip' && state.isGzip && error.message === 'zlib: incorrect header check')
      throw trailingData(what, subject);
    throw zlibError(error, what, subject);
  }
}

function trailingData(what: string, subject: string): Error {
  return archiveError('archive/trailing-data', subject, `there is data behind the end of the ${what} stream`);
}

function zlibError(error: ZlibError, what: string, subject: string): Error {
  return error.code === 'Z_BUF_ERROR'
    ? archiveError('archive/truncated', subject, `the ${what} stream ends too early`, {}, error)
    : archiveError('archive/malformed', subject, `the ${what} stream is damaged`, {}, error);
}
