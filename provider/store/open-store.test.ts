import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Digest, digestOf } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import { openStore } from './open-store.js';
import type { Store } from './store.js';

describe('a store', () => {
  let folder: string;
  let store: Store;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'open-store-'));
    store = openStore(path.join(folder, 'cache'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function failure(work: Promise<unknown>): Promise<PrivateImageError> {
    const error: unknown = await work.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(PrivateImageError);
    return error as PrivateImageError;
  }

  async function contentOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** All files of the store, relative to its root. */
  async function filesOf(root: string): Promise<string[]> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  }

  async function* pieces(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Buffer.from(part);
  }

  describe('a blob', () => {
    it('is not there before it is put, and nothing is written to ask', async () => {
      const digest = digestOf('x');
      expect(await store.has(digest)).toBe(false);
      expect(await store.sizeOf(digest)).toBeUndefined();
      await expect(access(store.root)).rejects.toThrow();
    });

    it('comes back as it was put, whatever its form and pieces', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async (parts) => {
          const whole = Buffer.concat(parts);
          const stored = await store.put(
            (async function* (): AsyncGenerator<Uint8Array> {
              yield* parts;
            })(),
          );
          expect(stored).toEqual({ digest: digestOf(whole), size: whole.length });
          expect(await store.put(whole)).toEqual(stored);
          expect(await store.read(stored.digest)).toEqual(whole);
          expect(await contentOf(store.open(stored.digest))).toEqual(whole);
          expect(await store.sizeOf(stored.digest)).toBe(whole.length);
        }),
        { numRuns: 30 },
      );
    });

    it('of text is its UTF-8', async () => {
      const { digest, size } = await store.put('grün');
      expect(size).toBe(5);
      expect((await store.read(digest)).toString('utf8')).toBe('grün');
    });

    it('lies at its path, and nothing else stays behind', async () => {
      const { digest } = await store.put('content');
      expect(await readFile(store.pathOf(digest), 'utf8')).toBe('content');
      expect(await filesOf(store.root)).toEqual([path.relative(store.root, store.pathOf(digest))]);
    });

    it('larger than a read buffer is whole', async () => {
      const content = Buffer.alloc(3_000_000, 'ab');
      const { digest } = await store.put(content);
      expect((await contentOf(store.open(digest))).equals(content)).toBe(true);
    });
  });

  describe('content that is not what was expected', () => {
    it.each([
      ['another digest', { digest: digestOf('other') }],
      ['a greater size', { size: 8 }],
      ['a smaller size', { size: 6 }],
      ['the right digest and another size', { digest: digestOf('content'), size: 8 }],
    ])('%s is refused and nothing of it kept', async (_, expected) => {
      const error = await failure(store.put(pieces('con', 'tent'), expected));
      expect(error.code).toBe('store/mismatch');
      expect(await filesOf(store.root)).toEqual([]);
    });

    it('is not read beyond the size that was expected', async () => {
      let given = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          given += 1000;
          yield new Uint8Array(1000);
        }
      }
      expect((await failure(store.put(endless(), { size: 5000 }))).code).toBe('store/mismatch');
      expect(given).toBe(6000);
    });

    it('as expected is kept', async () => {
      const expected = { digest: digestOf('content'), size: 7 };
      expect(await store.put('content', expected)).toEqual(expected);
    });
  });

  describe('content whose source fails', () => {
    it('leaves nothing, and the error is the source’s own', async () => {
      const broken = new Error('source broke');
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('some');
        throw broken;
      }
      await expect(store.put(failing())).rejects.toBe(broken);
      expect(await filesOf(store.root)).toEqual([]);
    });

    it('does not blame the store for a file that is missing elsewhere', async () => {
      async function* missing(): AsyncGenerator<Uint8Array> {
        yield* createReadStream(path.join(folder, 'none')) as AsyncIterable<Buffer>;
      }
      await expect(store.put(missing())).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  describe('a damaged blob', () => {
    it.each([
      ['changed', 'Content'],
      ['cut short', 'conten'],
      ['longer', 'content!'],
      ['empty', ''],
    ])('that is %s is found when read, and removed', async (_, damaged) => {
      const { digest } = await store.put('content');
      await writeFile(store.pathOf(digest), damaged);
      const error = await failure(store.read(digest));
      expect(error).toMatchObject({ code: 'store/corrupt', data: { digest } });
      expect(error.hint).toBeDefined();
      expect(await store.has(digest)).toBe(false);
      await store.put('content');
      expect((await store.read(digest)).toString()).toBe('content');
    });

    it('is found at the end of a stream', async () => {
      const { digest } = await store.put('content');
      await writeFile(store.pathOf(digest), 'damaged');
      expect((await failure(contentOf(store.open(digest)))).code).toBe('store/corrupt');
    });
  });

  describe('a store that is deleted while in use', () => {
    it('says what is missing', async () => {
      const { digest } = await store.put('content');
      await rm(store.root, { recursive: true });
      const error = await failure(store.read(digest));
      expect(error.code).toBe('store/missing');
      expect(error.message).toContain(digest);
    });

    it('takes content again', async () => {
      await store.put('content');
      await rm(store.root, { recursive: true });
      const { digest } = await store.put('content');
      expect(await store.has(digest)).toBe(true);
    });

    it('while content is on its way in fails cleanly or succeeds whole', async () => {
      async function* slow(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('con');
        await rm(store.root, { recursive: true });
        yield Buffer.from('tent');
      }
      expect((await failure(store.put(slow()))).code).toBe('store/missing');
      expect(await store.has(digestOf('content'))).toBe(false);
    });

    it('while a blob is read gives the whole blob or an error, never less', async () => {
      const content = Buffer.alloc(2_000_000, 'x');
      const { digest } = await store.put(content);
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.open(digest)) {
        if (chunks.length === 0) await rm(store.root, { recursive: true });
        chunks.push(chunk);
      }
      expect(Buffer.concat(chunks).equals(content)).toBe(true);
    });
  });

  describe('a store that cannot be used', () => {
    it('because a file is where it should be says so', async () => {
      await writeFile(path.join(folder, 'file'), '');
      const blocked = openStore(path.join(folder, 'file'));
      expect((await failure(blocked.put('content'))).code).toBe('store/failed');
      expect((await failure(blocked.remember('kind', 'key', 1))).code).toBe('store/failed');
    });

    it('because a file is where a folder of it should be says so', async () => {
      await mkdir(store.root);
      await writeFile(path.join(store.root, 'sha256'), '');
      await writeFile(path.join(store.root, 'tmp'), '');
      expect((await failure(store.put('content'))).code).toBe('store/failed');
      await rm(path.join(store.root, 'tmp'));
      expect((await failure(store.put('content'))).code).toBe('store/failed');
      expect(await filesOf(path.join(store.root, 'tmp'))).toEqual([]);
    });
  });

  describe('a digest that is none', () => {
    it.each(['sha256:../../x', `sha256:${'A'.repeat(64)}`, 'sha512:00', '', `sha256:${'0'.repeat(64)}/..`])(
      '%s never becomes a path',
      async (text) => {
        expect(() => store.pathOf(text as Digest)).toThrow(PrivateImageError);
        await expect((async () => store.has(text as Digest))()).rejects.toThrow(PrivateImageError);
      },
    );
  });

  describe('a fact', () => {
    const schema = z.object({ n: z.number() });

    it('is remembered by kind and key, and the last one counts', async () => {
      await store.remember('size', 'a', { n: 1 });
      await store.remember('size', 'b', { n: 2 });
      await store.remember('other', 'a', { n: 3 });
      await store.remember('size', 'a', { n: 4 });
      expect(await store.recall('size', 'a', schema)).toEqual({ n: 4 });
      expect(await store.recall('size', 'b', schema)).toEqual({ n: 2 });
      expect(await store.recall('other', 'a', schema)).toEqual({ n: 3 });
      expect(await store.recall('size', 'c', schema)).toBeUndefined();
    });

    it('of another shape is as good as none', async () => {
      await store.remember('size', 'a', { n: 'one' });
      expect(await store.recall('size', 'a', schema)).toBeUndefined();
    });

    it('that is damaged is as good as none', async () => {
      await store.remember('size', 'a', { n: 1 });
      const [file] = await filesOf(store.root);
      await writeFile(path.join(store.root, file!), '{"n":');
      expect(await store.recall('size', 'a', schema)).toBeUndefined();
    });

    it.each(['../../../escape', 'a/b', '..', 'A B', '\0'])('of the kind %j stays inside', async (kind) => {
      await store.remember(kind, '../../x', { n: 1 });
      expect(await store.recall(kind, '../../x', schema)).toEqual({ n: 1 });
      expect(await readdir(folder)).toEqual(['cache']);
    });
  });

  describe('two processes', () => {
    it('put the same blobs at the same time, and each is whole at any moment', async () => {
      const built = path.join(folder, 'built');
      const rooms = {
        store: ['open-store', 'blob-content', 'blob-writer', 'small-file', 'store-error'],
        support: ['digest', 'errors', 'printable'],
      };
      for (const [room, files] of Object.entries(rooms)) {
        for (const file of files) await compile(`${room}/${file}.ts`, built);
      }
      await writeFile(path.join(built, 'package.json'), '{"type":"module"}');
      await writeFile(
        path.join(built, 'put.js'),
        `import { openStore } from './store/open-store.js';
       const store = openStore(process.argv[2]);
       for (let round = 0; round < 40; round += 1) {
         const { digest } = await store.put(Buffer.alloc(round % 2 === 0 ? 100_000 : 500_000, round + ','));
         await store.read(digest);
       }`,
      );
      const ends = await Promise.all([1, 2, 3].map(() => run(path.join(built, 'put.js'), store.root)));
      expect(ends).toEqual([0, 0, 0]);
      const files = await filesOf(store.root);
      expect(files).toHaveLength(40);
      for (let round = 0; round < 40; round += 1) {
        const size = round % 2 === 0 ? 100_000 : 500_000;
        const digest = digestOf(Buffer.alloc(size, `${round},`));
        expect((await stat(store.pathOf(digest))).size).toBe(size);
        await store.read(digest);
      }
    });
  });

  /** A module of the project as JavaScript under `target`. */
  async function compile(file: string, target: string): Promise<void> {
    const source = await readFile(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');
    const output = path.join(target, file.replace(/\.ts$/, '.js'));
    await mkdir(path.dirname(output), { recursive: true });
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
    await writeFile(output, ts.transpileModule(source, { compilerOptions: options }).outputText);
  }

  function run(script: string, argument: string): Promise<number | null> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, argument], { stdio: ['ignore', 'ignore', 'inherit'] });
      child.once('error', reject);
      child.once('exit', resolve);
    });
  }
});
