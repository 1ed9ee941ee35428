import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiveEntry, EntryHeader } from '../packages/archive.js';
import { readTar } from '../packages/tar.js';
import { bodyOf, emptyBody, tarOf } from './tar-stream.js';
import { endOfArchive } from './tar-writer.js';

const limits = { subject: 'the test', maxBytes: 1 << 30 };

async function roundTrip(
  entries: readonly (EntryHeader & { content?: Buffer })[],
): Promise<(EntryHeader & { content: string })[]> {
  async function* source(): AsyncGenerator<ArchiveEntry> {
    for (const { content, ...header } of entries)
      yield { ...header, body: content === undefined ? emptyBody() : bodyOf(content) };
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* tarOf(source());
    yield endOfArchive;
  }
  const read: (EntryHeader & { content: string })[] = [];
  for await (const { body, pax: _, userName: __, groupName: ___, ...header } of readTar(whole(), limits)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    read.push({ ...header, content: Buffer.concat(chunks).toString('latin1') });
  }
  return read;
}

const plain: EntryHeader = { path: 'a', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 1, size: 0 };
const name = fc.stringMatching(/^[A-Za-z0-9_.é-]{1,80}$/).filter((text) => !/^\.{1,2}$|^\.wh\./.test(text));

describe('tar', () => {
  it.each<[string, Partial<EntryHeader>]>([
    ['a short name', {}],
    ['a name that needs the prefix', { path: `${'d'.repeat(90)}/${'f'.repeat(90)}` }],
    ['a name that needs PAX', { path: `${'d/'.repeat(60)}${'f'.repeat(120)}` }],
    ['a name that is not ASCII', { path: 'usr/share/ca-certificates/Főtanúsítvány.crt' }],
    ['a directory whose name with its slash is too long', { type: 'directory', path: 'd'.repeat(100), mode: 0o1777 }],
    ['a long link', { type: 'symlink', linkTarget: `/${'t'.repeat(200)}` }],
    ['large numbers', { uid: 5_000_000, gid: 4_000_000_000, mtime: 9_000_000_000 }],
    ['a binary attribute', { xattrs: new Map([['security.capability', Buffer.from([1, 0, 10, 61, 255])]]) }],
  ])('holds %s', async (_, part) => {
    const entry = { ...plain, ...part };
    expect(await roundTrip([entry])).toEqual([{ ...entry, content: '' }]);
  });

  it('gives back any file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { minLength: 1, maxLength: 6 }),
        fc.uint8Array({ maxLength: 2000 }),
        async (parts, bytes) => {
          const entry = { ...plain, path: parts.join('/'), size: bytes.length };
          const read = await roundTrip([{ ...entry, content: Buffer.from(bytes) }]);
          expect(read).toEqual([{ ...entry, content: Buffer.from(bytes).toString('latin1') }]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('cuts its pieces at the same places however the content comes in', async () => {
    const content = Buffer.alloc(300_000, 'x');
    async function lengths(step: number): Promise<number[]> {
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let offset = 0; offset < content.length; offset += step) yield content.subarray(offset, offset + step);
      }
      async function* entries(): AsyncGenerator<ArchiveEntry> {
        yield { ...plain, size: content.length, body: body() };
      }
      const pieces: number[] = [];
      for await (const piece of tarOf(entries())) pieces.push(piece.length);
      return pieces;
    }
    expect(await lengths(7_001)).toEqual(await lengths(100_000));
  });
});
