import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filePieces } from './file-pieces.js';

describe('filePieces', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'file-pieces-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const content = Buffer.from(Array.from({ length: 6_000_000 }, (_, at) => at % 251));

  it.each([
    ['the size that was said', 6_000_000, 6_000_000],
    ['more', 6_000_000, 10],
    ['less', 10, 6_000_000],
    ['nothing', 0, 0],
    ['something though nothing was said', 3, 0],
  ])('gives all of a file of %s', async (_what, size, said) => {
    const file = path.join(folder, `${size}-${said}`);
    await writeFile(file, content.subarray(0, size));
    const seen: Buffer[] = [];
    for await (const piece of filePieces(file, said)) seen.push(Buffer.from(piece));
    expect(Buffer.concat(seen).equals(content.subarray(0, size))).toBe(true);
  });

  it('throws for a file that is not there', async () => {
    await expect(filePieces(path.join(folder, 'none'), 1).next()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
