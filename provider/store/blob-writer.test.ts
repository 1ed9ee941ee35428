import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import { openStore } from './open-store.js';
import type { Store } from './store.js';

describe('a writer of a blob', () => {
  let root: string;
  let store: Store;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'private-image-writer-'));
    store = openStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const temporaries = (): Promise<string[]> => readdir(path.join(root, 'tmp'));

  it('keeps what was written, though the buffer is used again', async () => {
    const writer = store.write();
    const piece = Buffer.from('one ');
    writer.write(piece);
    piece.write('two ');
    writer.write(piece);
    const written = writer.finish({ size: 8 });
    expect(written).toEqual({ digest: digestOf('one two '), size: 8 });
    writer.abandon();
    expect((await store.read(written.digest)).toString()).toBe('one two ');
    expect(await temporaries()).toEqual([]);
  });

  it('keeps nothing of what is let go of', async () => {
    const writer = store.write();
    writer.write(Buffer.from('one'));
    writer.abandon();
    writer.abandon();
    expect(await temporaries()).toEqual([]);
    expect(await store.has(digestOf('one'))).toBe(false);
  });

  it('writes into no file of another once it is let go of', async () => {
    const gone = store.write();
    gone.abandon();
    const writer = store.write();
    gone.write(Buffer.from('late'));
    expect(() => gone.finish()).toThrow('nothing to finish');
    writer.write(Buffer.from('one'));
    const { digest } = writer.finish();
    expect(digest).toBe(digestOf('one'));
    expect((await store.read(digest)).toString()).toBe('one');
    gone.write(Buffer.from('later'));
    expect(await temporaries()).toEqual([]);
  });

  it.each([
    ['another digest', { digest: digestOf('two') }],
    ['another size', { size: 4 }],
  ])('keeps nothing of %s', async (_what, expected) => {
    const writer = store.write();
    writer.write(Buffer.from('one'));
    expect(() => writer.finish(expected)).toThrow(expect.objectContaining({ code: 'store/mismatch' }));
    expect(await temporaries()).toEqual([]);
    expect(await store.has(digestOf('one'))).toBe(false);
  });

  it('says what is in the way of its file, and leaves nothing', async () => {
    const { digest } = { digest: digestOf('one') };
    const writer = store.write();
    writer.write(Buffer.from('one'));
    await mkdir(path.dirname(path.dirname(store.pathOf(digest))), { recursive: true });
    await writeFile(path.dirname(store.pathOf(digest)), 'a file in place of a folder');
    expect(() => writer.finish()).toThrow(expect.objectContaining({ code: 'store/failed' }));
    expect(await temporaries()).toEqual([]);
    expect(await readFile(path.dirname(store.pathOf(digest)), 'utf8')).toContain('in place');
  });
});
