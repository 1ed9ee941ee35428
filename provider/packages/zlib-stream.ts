import { pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';
import { lookInto } from '../support/short-stream.js';
import { archiveError } from './archive-error.js';

/** Unpacked bytes that come at once: every piece is a turn of the event loop. */
const chunkSize = 128 * 1024;

/** What is unpacked at once, on the calling thread: bytes before and after. */
const shortPacked = 128 * 1024;
const shortUnpacked = 512 * 1024;

const gzipMagic = [0x1f, 0x8b];

/**
 * Unpacks `source` as it comes, to its end, on zlib's own thread, and what is short at once: all gzip members or zstd frames, one after the other. `what` is
 * the compression in words, `subject` the archive, for errors. What is unpacked is not limited here.
 *
 * Throws `archive/malformed`, `archive/truncated` and `archive/trailing-data`; errors of `source` pass as they are.
 */
export async function* unpackWithZlib(
  source: AsyncIterable<Uint8Array>,
  create: typeof zlib.createGunzip,
  what: string,
  subject: string,
): AsyncGenerator<Uint8Array> {
  const { whole, all } = await lookInto(source, shortPacked);
  const short = whole === undefined || create !== zlib.createGunzip ? undefined : gunzippedAtOnce(whole);
  if (short !== undefined) {
    if (short.length > 0) yield short;
    return;
  }
  let given = 0;
  const state = { isGzip: true };
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of all) {
      for (let at = given; at < 2; at += 1) state.isGzip &&= (chunk[at - given] ?? gzipMagic[at]) === gzipMagic[at];
      given += chunk.length;
      yield chunk;
    }
  }
  const unpacked = create({ chunkSize });
  // Errors reach the reader through the iteration below.
  pipeline(Readable.from(counted(), { objectMode: false }), unpacked, () => undefined);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    // What follows a member is read as the next one: it is not the first whose beginning is wrong.
    if (state.isGzip && error instanceof Error && error.message === 'incorrect header check')
      throw trailingData(what, subject);
    throw zlibError(error, what, subject);
  }
  // Zeros behind the last member are passed over in silence.
  if (unpacked.bytesWritten !== given) throw trailingData(what, subject);
}

/** What short gzip members hold; undefined for all that is not as it should be, which is told where it is unpacked as a stream. */
function gunzippedAtOnce(packed: Buffer): Buffer | undefined {
  try {
    const { buffer, engine } = withEngine(zlib.gunzipSync(packed, { info: true, maxOutputLength: shortUnpacked }));
    return engine.bytesWritten === packed.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

/** What zlib gives with `info`, which its types do not know of. */
export interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** The result of a call with `info`. */
export function withEngine(result: Buffer): WithEngine {
  return result as unknown as WithEngine;
}

function trailingData(what: string, subject: string): Error {
  return archiveError('archive/trailing-data', subject, `there is data behind the end of the ${what} stream`);
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
