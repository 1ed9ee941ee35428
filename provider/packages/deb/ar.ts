import { archiveError } from '../archive-error.js';
import { byteReader } from '../byte-reader.js';

/** A member of an ar archive. `body` is read to its end, or left alone, before the next member is asked for. */
export interface ArMember {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Goes through an ar archive from member to member. */
export interface ArReader {
  /** The next member; undefined at the end of the archive, when the source has been read to its end. */
  next(): Promise<ArMember | undefined>;
  /** Ends the source without reading on. */
  close(): Promise<void>;
}

const globalHeader = '!<arch>\n';
const headerSize = 60;

/**
 * Reads an ar archive in the common format that `.deb` files have (https://manpages.debian.org/deb.5), without the extensions for
 * long names. Throws `archive/malformed`, `archive/truncated`, and `archive/unsupported` for a `.deb` of the format before 0.93.
 */
export function readAr(source: AsyncIterable<Uint8Array>, subject: string): ArReader {
  const cutOff = (): Error => archiveError('archive/truncated', subject, 'the ar archive ends within a member');
  const reader = byteReader(source, cutOff);
  let begun = false;
  let left = 0;
  let padding = 0;

  async function begin(): Promise<void> {
    begun = true;
    const header = (await reader.exactly(globalHeader.length))?.toString('latin1') ?? '';
    if (header === globalHeader) return;
    if (header.startsWith('0.9')) {
      throw archiveError('archive/unsupported', subject, 'it is a .deb in the format of before 1995');
    }
    throw archiveError(header === '' ? 'archive/truncated' : 'archive/malformed', subject, 'it is no ar archive');
  }

  async function* body(): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const chunk = await reader.some(left);
      if (chunk === undefined) throw cutOff();
      left -= chunk.length;
      yield chunk;
    }
  }

  async function next(): Promise<ArMember | undefined> {
    if (!begun) await begin();
    await reader.skip(left + padding);
    left = 0;
    padding = 0;
    const header = await reader.exactly(headerSize);
    if (header === undefined) return undefined;
    const { name, size } = readHeader(header, subject);
    left = size;
    padding = size % 2;
    return { name, size, body: { [Symbol.asyncIterator]: body } };
  }

  return { next, close: () => reader.close() };
}

function readHeader(header: Buffer, subject: string): { name: string; size: number } {
  const text = header.toString('latin1');
  const name = /^([!-.0-~]+)\/? *$/.exec(text.slice(0, 16))?.[1];
  const size = /^([0-9]+) *$/.exec(text.slice(48, 58))?.[1];
  if (text.slice(58) !== '`\n' || name === undefined || size === undefined) {
    throw archiveError('archive/malformed', subject, 'an ar header is none');
  }
  return { name, size: Number(size) };
}
