import { describe, expect, it } from 'vitest';
import { isLibraryName, observeLibrary } from './library-observer.js';
import { sharedLibrary } from './testing/shared-library.js';

async function observed(content: Buffer, pieceSize = 1000): Promise<unknown> {
  const observer = observeLibrary();
  for (let offset = 0; offset < content.length; offset += pieceSize)
    observer.update(content.subarray(offset, offset + pieceSize));
  return observer.library();
}

/** A library whose dynamic section lies `bytes` behind its names, as behind a lot of code. */
function longLibrary(soname: string, bytes: number): Buffer {
  const short = sharedLibrary(soname);
  const dynamic = short.subarray(256, 256 + 3 * 16);
  const whole = Buffer.concat([short, Buffer.alloc(bytes), dynamic, Buffer.alloc(5000)]);
  // The second program header says where the dynamic section is.
  whole.writeBigUInt64LE(BigInt(short.length + bytes), 64 + 56 + 8);
  return whole;
}

describe('observing a library', () => {
  it.each([1, 7, 64, 1000, 1 << 20])('finds machine and soname in pieces of %i bytes', async (size) => {
    expect(await observed(sharedLibrary('libz.so.1'), size)).toEqual({ machine: 62, soname: 'libz.so.1' });
  });

  it('finds a dynamic section that lies megabytes behind the names', async () => {
    expect(await observed(longLibrary('liblong.so.3', 5_000_000), 100_000)).toEqual({
      machine: 62,
      soname: 'liblong.so.3',
    });
  });

  it.each([
    ['text', Buffer.from('GROUP ( libc.so.6 )')],
    ['nothing', Buffer.alloc(0)],
    ['a cut header', sharedLibrary('libz.so.1').subarray(0, 40)],
    ['other content of megabytes', Buffer.alloc(5_000_000, 'text')],
  ])('says that %s is no library', async (_, content) => {
    expect(await observed(content, 100_000)).toBeNull();
  });

  it('leaves open what stands where nothing is held', async () => {
    const library = longLibrary('liblong.so.3', 5_000_000);
    // The first program header: where the strings are loaded from. They move behind everything.
    library.writeBigUInt64LE(4_000_000n, 64 + 8);
    expect(await observed(library, 100_000)).toBeUndefined();
  });

  it.each([
    ['libz.so.1', true],
    ['libz.so', true],
    ['ld-linux-x86-64.so.2', true],
    ['libz.a', false],
    ['zlib.so.1', false],
    ['libz.sodium', false],
  ])('%s: %s', (name, expected) => {
    expect(isLibraryName(name)).toBe(expected);
  });
});
