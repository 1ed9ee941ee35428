import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import { openLayout } from './layout.js';
import type { Descriptor, Repository } from './registry.js';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

describe('a layout on disk', () => {
  let base: string;
  let folder: string;

  beforeEach(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'layout-'));
    folder = path.join(base, 'nested', 'image');
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  function streamOf(text: string): () => AsyncIterable<Uint8Array> {
    return async function* stream() {
      yield Buffer.from(text);
    };
  }

  async function putText(repository: Repository, text: string): Promise<SizedDigest> {
    const blob = { digest: digestOf(text), size: Buffer.byteLength(text) };
    await repository.putBlob(blob, streamOf(text));
    return blob;
  }

  async function putImage(repository: Repository, name: string, subject?: Descriptor): Promise<Descriptor> {
    const config = { mediaType: configType, ...(await putText(repository, `{"name":"${name}"}`)) };
    const layers = [
      { mediaType: layerType, ...(await putText(repository, 'a shared layer')) },
      { mediaType: layerType, ...(await putText(repository, `the layer of ${name}`)) },
    ];
    const artifact = subject === undefined ? {} : { artifactType: 'application/spdx+json', subject };
    const manifest = { schemaVersion: 2, mediaType: manifestType, ...artifact, config, layers };
    return repository.putManifest(Buffer.from(JSON.stringify(manifest)), manifestType);
  }

  async function putIndex(repository: Repository, manifests: readonly Descriptor[]): Promise<Descriptor> {
    return repository.putManifest(
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests })),
      indexType,
    );
  }

  async function indexFile(): Promise<{ manifests: { digest: Digest; annotations?: Record<string, string> }[] }> {
    return JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')) as never;
  }

  async function blobNames(): Promise<string[]> {
    return (await readdir(path.join(folder, 'blobs', 'sha256'))).sort();
  }

  describe('reading and writing', () => {
    it('is empty before anything is written, and writes nothing by being read', async () => {
      const repository = openLayout(folder);
      expect(await repository.tags()).toEqual([]);
      expect(await repository.getManifest('latest')).toBeUndefined();
      expect(await repository.referrers(digestOf('x'))).toEqual([]);
      await repository.deleteManifests([digestOf('x')]);
      await repository.untag(['latest']);
      expect(existsSync(folder)).toBe(false);
    });

    it('moves no tag when one is not where it is expected, and lists those that are asked for', async () => {
      const repository = openLayout(folder);
      const [before, after] = [await putImage(repository, 'before'), await putImage(repository, 'after')];
      await repository.tag([{ tag: 'latest', digest: before.digest, expected: undefined }]);
      const moves = [
        { tag: '2.0', digest: after.digest, expected: undefined },
        { tag: 'latest', digest: after.digest, expected: digestOf('what was there once') },
      ];
      await expect(repository.tag(moves)).rejects.toMatchObject({
        code: 'registry/tag-moved',
        data: { tag: 'latest', actual: before.digest },
      });
      expect(await repository.tags()).toEqual([{ tag: 'latest', digest: before.digest }]);
      await repository.tag([{ tag: 'latest', digest: after.digest, expected: before.digest }]);
      expect(await repository.tags({ only: (tag) => tag === 'latest' })).toEqual([
        { tag: 'latest', digest: after.digest },
      ]);
      expect(await repository.tags({ only: () => false })).toEqual([]);
    });

    it('gives no blob for one of another size', async () => {
      const repository = openLayout(folder);
      const { digest, size } = await putText(repository, 'some text');
      await expect(
        repository
          .getBlob(digest, size + 1)
          [Symbol.asyncIterator]()
          .next(),
      ).rejects.toMatchObject({
        code: 'registry/mismatch',
      });
    });

    it('points several tags at an index in one write, and gives it back by tag and digest', async () => {
      const repository = openLayout(folder);
      const image = await putImage(repository, 'one');
      const index = await putIndex(repository, [image]);
      await repository.tag([
        { tag: 'latest', digest: index.digest },
        { tag: '8.4', digest: index.digest },
      ]);
      expect(await repository.tags()).toEqual([
        { tag: '8.4', digest: index.digest },
        { tag: 'latest', digest: index.digest },
      ]);
      expect((await repository.getManifest('8.4'))?.descriptor).toMatchObject({
        mediaType: indexType,
        digest: index.digest,
      });
      expect((await repository.getManifest(image.digest))?.descriptor.mediaType).toBe(manifestType);
      expect(JSON.parse(await readFile(path.join(folder, 'oci-layout'), 'utf8'))).toEqual({
        imageLayoutVersion: '1.0.0',
      });
      expect((await indexFile()).manifests.map(({ annotations }) => annotations)).toEqual([
        { 'org.opencontainers.image.ref.name': '8.4' },
        { 'org.opencontainers.image.ref.name': 'latest' },
      ]);
    });

    it('writes the same bytes whatever order things come in', async () => {
      const texts: string[] = [];
      for (const order of [
        ['one', 'two'],
        ['two', 'one'],
      ]) {
        const repository = openLayout(folder);
        for (const name of order) {
          const image = await putImage(repository, name);
          await repository.tag([{ tag: name, digest: image.digest }]);
        }
        texts.push(await readFile(path.join(folder, 'index.json'), 'utf8'));
        await rm(folder, { recursive: true });
      }
      expect(texts[0]).toBe(texts[1]);
    });

    it('does not write the index again when nothing changes', async () => {
      const repository = openLayout(folder);
      const image = await putImage(repository, 'one');
      await repository.tag([{ tag: 'latest', digest: image.digest }]);
      const before = await stat(path.join(folder, 'index.json'), { bigint: true });
      await putImage(repository, 'one');
      await repository.tag([{ tag: 'latest', digest: image.digest }]);
      expect((await stat(path.join(folder, 'index.json'), { bigint: true })).ino).toBe(before.ino);
    });

    it('finds referrers by subject and type', async () => {
      const repository = openLayout(folder);
      const image = await putImage(repository, 'one');
      const sbom = await putImage(repository, 'sbom', image);
      expect((await repository.referrers(image.digest)).map(({ digest }) => digest)).toEqual([sbom.digest]);
      expect(await repository.referrers(image.digest, 'application/spdx+json')).toMatchObject([
        { artifactType: 'application/spdx+json' },
      ]);
      expect(await repository.referrers(image.digest, 'text/plain')).toEqual([]);
      expect(await repository.referrers(sbom.digest)).toEqual([]);
    });

    it('links a blob to the file that holds it, and reads it again where the file is damaged', async () => {
      const held = path.join(base, 'held');
      const repository = openLayout(folder, { link: () => held });
      await writeFile(held, 'good');
      await putText(repository, 'good');
      expect((await stat(path.join(folder, 'blobs', 'sha256', digestOf('good').slice(7)))).ino).toBe(
        (await stat(held)).ino,
      );
      await putText(repository, 'other');
      expect(await readFile(path.join(folder, 'blobs', 'sha256', digestOf('other').slice(7)), 'utf8')).toBe('other');
    });

    it('gives a path for a plain reader', async () => {
      const repository = openLayout(folder);
      const { digest } = await putText(repository, 'plain');
      expect(await readFile(new URL(repository.blobUrl(digest)), 'utf8')).toBe('plain');
    });
  });

  describe('keeping and deleting', () => {
    it('keeps what a tag has left', async () => {
      const repository = openLayout(folder);
      const one = await putImage(repository, 'one');
      const two = await putImage(repository, 'two');
      await repository.tag([{ tag: 'latest', digest: one.digest }]);
      await repository.tag([{ tag: 'latest', digest: two.digest }]);
      await repository.untag(['latest']);
      expect(await repository.tags()).toEqual([]);
      expect((await indexFile()).manifests.map(({ digest }) => digest).sort()).toEqual([one.digest, two.digest].sort());
    });

    it('deletes an index with its images and their referrers, and keeps what others need', async () => {
      const repository = openLayout(folder);
      const one = await putImage(repository, 'one');
      const sbom = await putImage(repository, 'sbom of one', one);
      const signature = await putImage(repository, 'signature of the sbom', sbom);
      const first = await putIndex(repository, [one]);
      const two = await putImage(repository, 'two');
      const second = await putIndex(repository, [two]);
      await repository.tag([
        { tag: '1', digest: first.digest },
        { tag: '2', digest: second.digest },
      ]);
      const stray = await putText(repository, 'what another writer is about to use');
      await repository.deleteManifests([first.digest]);
      expect(await repository.tags()).toEqual([{ tag: '2', digest: second.digest }]);
      for (const { digest } of [first, one, sbom, signature]) expect(await repository.hasBlob(digest)).toBe(false);
      for (const { digest } of [second, two, stray]) expect(await repository.hasBlob(digest)).toBe(true);
      expect(await repository.hasBlob(digestOf('a shared layer'))).toBe(true);
      expect(await repository.hasBlob(digestOf('the layer of one'))).toBe(false);
    });

    it('leaves an image that another index is over', async () => {
      const repository = openLayout(folder);
      const image = await putImage(repository, 'one');
      const first = await putIndex(repository, [image]);
      const second = await putIndex(repository, [image, await putImage(repository, 'two')]);
      await repository.deleteManifests([first.digest, image.digest]);
      expect(await repository.hasBlob(image.digest)).toBe(true);
      expect((await repository.getManifest(second.digest))?.descriptor.digest).toBe(second.digest);
    });

    it('leaves no trace when the last image goes, but for files that are not its own', async () => {
      const repository = openLayout(folder);
      const image = await putImage(repository, 'one');
      await repository.tag([{ tag: 'latest', digest: image.digest }]);
      await repository.deleteManifests([image.digest]);
      expect(existsSync(folder)).toBe(false);
      await putImage(repository, 'one');
      await writeFile(path.join(folder, 'notes.txt'), 'mine');
      await repository.deleteManifests([image.digest]);
      expect(await readdir(folder)).toEqual(['notes.txt']);
    });
  });

  describe('refusing', () => {
    it('takes no blob of another digest or size, and keeps nothing of it', async () => {
      const repository = openLayout(folder);
      const digest = digestOf('right');
      await expect(repository.putBlob({ digest, size: 5 }, streamOf('wrong'))).rejects.toMatchObject({
        code: 'registry/mismatch',
      });
      await expect(repository.putBlob({ digest, size: 6 }, streamOf('right'))).rejects.toMatchObject({
        code: 'registry/mismatch',
      });
      expect(await repository.hasBlob(digest)).toBe(false);
      expect(await readdir(path.join(folder, '.partial'))).toEqual([]);
    });

    it('notices a damaged blob when it is read', async () => {
      const repository = openLayout(folder);
      const { digest } = await putText(repository, 'right');
      await writeFile(path.join(folder, 'blobs', 'sha256', digest.slice(7)), 'wrong');
      async function read(): Promise<void> {
        const iterator = repository.getBlob(digest)[Symbol.asyncIterator]();
        while ((await iterator.next()).done !== true);
      }
      await expect(read()).rejects.toMatchObject({ code: 'registry/mismatch', data: { digest } });
    });

    it.each([
      ['both manifests and layers', { schemaVersion: 2, mediaType: indexType, manifests: [], layers: [] }, indexType],
      ['neither', { schemaVersion: 2, mediaType: indexType }, indexType],
      ['another media type', { schemaVersion: 2, mediaType: indexType, manifests: [] }, manifestType],
      [
        'a digest that is a path',
        { schemaVersion: 2, manifests: [{ mediaType: manifestType, digest: 'sha256:../../x', size: 1 }] },
        indexType,
      ],
    ])('takes no manifest with %s', async (_, document, mediaType) => {
      const content = Buffer.from(JSON.stringify(document));
      await expect(openLayout(folder).putManifest(content, mediaType)).rejects.toMatchObject({
        code: 'registry/malformed',
      });
    });

    it('takes no manifest before its blobs, and no tag before its manifest', async () => {
      const repository = openLayout(folder);
      const missing = { mediaType: manifestType, digest: digestOf('missing'), size: 7 };
      await expect(putIndex(repository, [missing])).rejects.toMatchObject({
        code: 'registry/missing',
        data: { digest: missing.digest },
      });
      await expect(repository.tag([{ tag: 'latest', digest: missing.digest }])).rejects.toMatchObject({
        code: 'registry/missing',
      });
      expect(await repository.tags()).toEqual([]);
    });

    it.each(['', '.hidden', '-x', 'a/b', '../x', 'sha256:../x', 'a b', 'x'.repeat(129)])(
      'takes no tag %j',
      async (tag) => {
        const repository = openLayout(folder);
        await expect(repository.tag([{ tag, digest: digestOf('x') }])).rejects.toMatchObject({
          code: 'registry/bad-tag',
        });
        await expect(repository.getManifest(tag)).rejects.toMatchObject({ code: 'registry/bad-tag' });
      },
    );

    it.each([undefined, 'sha256:../../etc/passwd', 'sha256:abc'])('uses no digest %j as a path', async (text) => {
      const digest = (text ?? 'sha512:x') as Digest;
      await expect(openLayout(folder).hasBlob(digest)).rejects.toMatchObject({ code: 'digest/malformed' });
    });

    it('says when the index is damaged, and leaves it alone', async () => {
      const repository = openLayout(folder);
      await putImage(repository, 'one');
      await writeFile(path.join(folder, 'index.json'), '{"schemaVersion":2');
      await expect(repository.tags()).rejects.toMatchObject({ code: 'registry/malformed' });
      await expect(putImage(repository, 'two')).rejects.toMatchObject({ code: 'registry/malformed' });
      expect(await readFile(path.join(folder, 'index.json'), 'utf8')).toBe('{"schemaVersion":2');
    });
  });

  describe('several writers', () => {
    it('loses no tag when many write at once', async () => {
      const names = Array.from({ length: 12 }, (_, number) => `tag-${String(number).padStart(2, '0')}`);
      await Promise.all(
        names.map(async (name) => {
          const repository = openLayout(folder);
          const image = await putImage(repository, name);
          await repository.tag([{ tag: name, digest: image.digest }]);
        }),
      );
      expect((await openLayout(folder).tags()).map(({ tag }) => tag)).toEqual(names);
      expect((await readdir(folder)).filter((name) => name.startsWith('.lock'))).toEqual([]);
    });

    it('takes over the lock of a process that died, and cleans up nothing else', async () => {
      const repository = openLayout(folder);
      await mkdir(folder, { recursive: true });
      // No process has this number: it is beyond what Linux gives.
      await writeFile(
        path.join(folder, '.lock'),
        JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, token: 'dead' }),
      );
      const image = await putImage(repository, 'one');
      await repository.tag([{ tag: 'latest', digest: image.digest }]);
      expect(await repository.tags()).toHaveLength(1);
    });

    it('is whole after a crash at any point of a publish, and converges when it runs again', async () => {
      async function publish(repository: Repository): Promise<void> {
        const index = await putIndex(repository, [
          await putImage(repository, 'one'),
          await putImage(repository, 'two'),
        ]);
        await repository.tag([{ tag: 'latest', digest: index.digest }]);
      }
      const steps: (keyof Repository)[] = ['putBlob', 'putManifest', 'tag'];
      for (let crashAt = 0; crashAt < 10; crashAt += 1) {
        let calls = 0;
        const whole = openLayout(folder);
        const crashing = { ...whole };
        for (const step of steps) {
          const original = whole[step] as (...args: unknown[]) => Promise<unknown>;
          Object.assign(crashing, {
            [step]: (...args: unknown[]) =>
              calls++ === crashAt ? Promise.reject(new Error('crash')) : original(...args),
          });
        }
        await expect(publish(crashing)).rejects.toThrow('crash');
        expect(await openLayout(folder).tags()).toEqual([]);
        await publish(openLayout(folder));
        expect(await openLayout(folder).tags()).toHaveLength(1);
        expect((await indexFile()).manifests).toHaveLength(1);
        for (const name of await blobNames()) {
          const content = await readFile(path.join(folder, 'blobs', 'sha256', name));
          expect(createHash('sha256').update(content).digest('hex')).toBe(name);
        }
        await rm(folder, { recursive: true });
      }
    });
  });
});
