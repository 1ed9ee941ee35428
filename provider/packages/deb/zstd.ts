import * as zstd from '@bokuweb/zstd-wasm';
import { archiveError } from '../archive-error.js';

/** Frames are unpacked whole by this decoder, so both sides of one are limited. Bytes. */
const maxFrameBytes = 512 * 1024 * 1024;

/** Loading the decoder a second time would take the memory of the first from under a frame that is being unpacked. */
const ready = once(() => zstd.init());

const zstdMagic = 0xfd2fb528;
const maxBlockBytes = 128 * 1024;

/**
 * Unpacks zstd frame by frame (RFC 8878, https://www.rfc-editor.org/rfc/rfc8878) where Node has no zstd of its own. Needs
 * memory for the packed stream and its largest frame; more than 512 MiB of either are refused with `archive/too-large`.
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>, subject: string): AsyncGenerator<Uint8Array> {
  const packed = await collect(source, subject);
  if (packed.length === 0) throw archiveError('archive/truncated', subject, 'the zstd stream is empty');
  await ready();
  for (let offset = 0; offset < packed.length; ) {
    const frame = measureFrame(packed.subarray(offset), subject);
    if (frame.content > maxFrameBytes) throw tooLarge(subject);
    if (frame.content > 0) yield unpack(packed.subarray(offset, offset + frame.length), frame.content, subject);
    offset += frame.length;
  }
}

function unpack(frame: Buffer, content: number, subject: string): Uint8Array {
  try {
    return zstd.decompress(frame, { defaultHeapSize: content });
  } catch (error) {
    throw archiveError('archive/malformed', subject, 'the zstd stream is damaged', {}, error);
  }
}

async function collect(source: AsyncIterable<Uint8Array>, subject: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxFrameBytes) throw tooLarge(subject);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The packed length of the frame at the start of `bytes`, and its content's length, or an upper bound of it. */
function measureFrame(bytes: Buffer, subject: string): { length: number; content: number } {
  try {
    const magic = bytes.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      const length = 8 + bytes.readUInt32LE(4);
      if (length > bytes.length) throw new RangeError();
      return { length, content: 0 };
    }
    if (magic !== zstdMagic) throw archiveError('archive/malformed', subject, 'the zstd stream has an unknown magic');
    return measureDataFrame(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw archiveError('archive/truncated', subject, 'the zstd stream ends too early');
    throw error;
  }
}

function measureDataFrame(bytes: Buffer): { length: number; content: number } {
  const descriptor = bytes.readUInt8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let offset = 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  const stated = readContentSize(bytes, offset, sizeBytes);
  offset += sizeBytes;
  let bound = 0;
  for (let last = false; !last; ) {
    const header = bytes.readUIntLE(offset, 3);
    last = (header & 1) === 1;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    offset += 3 + (type === 1 ? 1 : size);
    bound += type === 2 ? maxBlockBytes : size;
  }
  if ((descriptor & 4) !== 0) offset += 4;
  if (offset > bytes.length) throw new RangeError();
  return { length: offset, content: stated ?? bound };
}

function readContentSize(bytes: Buffer, offset: number, length: number): number | undefined {
  if (length === 0) return undefined;
  if (length === 8) return Number(bytes.readBigUInt64LE(offset));
  return bytes.readUIntLE(offset, length) + (length === 2 ? 256 : 0);
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

function tooLarge(subject: string): Error {
  return archiveError('archive/too-large', subject, `the zstd stream is longer than ${maxFrameBytes} bytes`);
}
