import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleContent } from '../creator/bundle-manifest.js';
import type { PublishedBundle } from '../creator/published.js';
import type { BundleRequest } from '../creator/request.js';
import { makeTar } from '../packages/testing/tar-maker.js';
import { PrivateImageError } from '../support/errors.js';
import { redact } from '../support/http-error.js';
import { fileBundle } from './file-bundle.js';
import { mostBytes } from './file-limits.js';
import type { Properties, ResourceContext, ResourceMessage } from './resource.js';
import { makeZip } from './testing/zip-maker.js';
import type { UseCases } from './use-cases.js';

const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const root = await readFile(new URL('../../examples/quickstart/corporate-root.crt', import.meta.url), 'utf8');
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' });

const encryptedKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'pem',
  type: 'pkcs8',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
});
/** How a key store in PKCS #12 begins. */
const keyStore = Buffer.from('3082040c020103308203c206092a864886f70d010701', 'hex');

/** An asset as Pulumi hands it over. */
function asset(content: { path?: string; text?: string; uri?: string }): Properties {
  return { '4dabf18193072939515e22adb298388d': 'c44067f5952c0a294b673a41bacd8c17', hash: 'h', ...content };
}

/** An archive as Pulumi hands it over. */
function archive(content: Properties): Properties {
  return { '4dabf18193072939515e22adb298388d': '0def7320c3a5731c473e5ecbe6d01bc7', hash: 'h', ...content };
}

const authorities = { name: 'corporate-ca', type: 'certificates', files: { 'root.crt': root } };
const configuration = { name: 'settings', type: 'other', path: '/etc/app', files: { 'app.conf': 'a = 1\n' } };

describe('a file bundle', () => {
  let folder: string;
  let messages: ResourceMessage[];
  let published: Map<string, BundleRequest>;
  /** What lies under URLs. */
  let fetched: Map<string, Buffer>;
  let context: ResourceContext;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'file-bundle-'));
    messages = [];
    published = new Map();
    const planBundle = async (request: BundleRequest): Promise<PublishedBundle> => {
      const { bundle } = bundleContent(request);
      return { reference: `local/${bundle.name}@${bundle.digest}`, version: bundle.digest, files: bundle.files };
    };
    fetched = new Map();
    const useCases: UseCases = {
      planBundle,
      fetchFile: async (url, most) => {
        const content = fetched.get(url);
        if (content === undefined) throw new PrivateImageError('http/status', `${redact(url)} answers 404`);
        if (content.length > most) throw new PrivateImageError('http/too-large', `${redact(url)} sends too much`);
        return content;
      },
      publishBundle: async (request) => {
        const bundle = await planBundle(request);
        published.set(bundle.reference, request);
        return bundle;
      },
      readBundle: async (reference) => {
        const request = published.get(reference);
        return request === undefined ? undefined : planBundle(request);
      },
      removeBundle: async (reference) => {
        published.delete(reference);
        return true;
      },
      readOwner: () => Promise.resolve(undefined),
      readBundleRequest: async (reference) => published.get(reference)!,
      readImageRequest: () => Promise.reject(new Error('no images here')),
      builtDigests: () => Promise.reject(new Error('no images here')),
      planChanges: () => Promise.reject(new Error('no images here')),
      bundleChanges: () => Promise.reject(new Error('no images here')),
      planImage: () => Promise.reject(new Error('no images here')),
      repository: () => Promise.reject(new Error('no images here')),
      publishing: () => Promise.reject(new Error('no images here')),
      publishImage: () => Promise.reject(new Error('no images here')),
      readImage: () => Promise.reject(new Error('no images here')),
      removeImage: () => Promise.reject(new Error('no images here')),
      readUnfinished: () => Promise.reject(new Error('no images here')),
      removeBuilds: () => Promise.reject(new Error('no images here')),
    };
    context = {
      place: { tenant: 'local', registry: '.private-image/registry' },
      useCases: () => useCases,
      unknown,
      preview: false,
      secrets: [],
      forbidSecrets: false,
      log: (message) => messages.push(message),
      keep: () => undefined,
      clock: () => new Date('2026-11-21T00:00:00Z'),
      former: new Set(),
      rivalFor: () => undefined,
      newTraceId: () => 'trace',
      workingDirectory: folder,
    };
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function checked(inputs: Properties): Promise<Properties> {
    const result = await fileBundle.check(context, {}, inputs);
    expect(result.failures).toEqual([]);
    return result.inputs;
  }

  describe('check', () => {
    it.each<[string, Properties, string[]]>([
      ['a bad name', { ...configuration, name: 'A' }, ['name']],
      ['an unknown type', { ...configuration, type: 'secret' }, ['type']],
      ['no path for other files', { name: 'settings', type: 'other', files: { a: 'x' } }, ['path']],
      ['a relative path', { ...configuration, path: 'etc' }, ['path']],
      ['a backslash in the path', { ...configuration, path: '/etc\\app' }, ['path']],
      ['".." in the path', { ...configuration, path: '/etc/../root' }, ['path']],
      ['a whiteout in the path', { ...configuration, path: '/etc/.wh.app' }, ['path']],
      ['a name in the path that no file system takes', { ...configuration, path: `/etc/${'é'.repeat(128)}` }, ['path']],
      ['a path that no system takes', { ...configuration, path: `/${'é'.repeat(100)}`.repeat(20) }, ['path']],
      ['a path that no reader of archives takes', { ...configuration, path: '/a'.repeat(128) }, ['path']],
      ['another path for certificates', { ...authorities, path: '/etc/ssl' }, ['path']],
      ['no files', { ...configuration, files: {} }, ['files']],
      [
        '21 files',
        { ...configuration, files: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`f${index}`, 'x'])) },
        ['files'],
      ],
      ['a file over 1 MB', { ...configuration, files: { big: 'x'.repeat(mostBytes + 1) } }, ['files.big']],
      ['a folder in a file name', { ...configuration, files: { '../shadow': 'x' } }, ['files["../shadow"]']],
      ['a whiteout', { ...configuration, files: { '.wh.passwd': 'x' } }, ['files[".wh.passwd"]']],
      ['a private key among certificates', { ...authorities, files: { 'ca.key': key } }, ['files["ca.key"]']],
      [
        'a private key behind a certificate',
        { ...authorities, files: { 'ca.crt': `${root}${key.toString()}` } },
        ['files["ca.crt"]'],
      ],
      ['text among certificates', { ...authorities, files: { readme: 'hello' } }, ['files.readme']],
      ['a certificate among other files', { ...configuration, files: { 'root.crt': root } }, ['files["root.crt"]']],
      ['a number for content', { ...configuration, files: { a: 1 } }, ['files.a']],
      ['a missing file', { ...configuration, files: { a: asset({ path: 'nowhere' }) } }, ['files.a']],
      [
        'a remote asset that is not there',
        { ...configuration, files: { a: asset({ uri: 'https://example.com/a' }) } },
        ['files.a'],
      ],
      ['a key store', { ...authorities, files: { 'ca.p12': asset({ path: 'ca.p12' }) } }, ['files["ca.p12"]']],
      ['an encrypted private key', { ...authorities, files: { 'ca.key': encryptedKey } }, ['files["ca.key"]']],
      [
        'several faults',
        { name: 'X', type: 'other', path: 'a', files: { '': 'x', b: root } },
        ['name', 'path', 'files[""]', 'files.b'],
      ],
    ])('refuses %s', async (_, inputs, properties) => {
      await writeFile(path.join(folder, 'ca.p12'), keyStore);
      const { failures } = await fileBundle.check(context, {}, inputs);
      expect(failures.map((failure) => failure.property)).toEqual(properties);
    });

    it('says in its own words that files are no map', async () => {
      const { failures } = await fileBundle.check(context, {}, { ...configuration, files: 'a = 1' });
      expect(failures).toEqual([
        { property: 'files', reason: 'files is a map of file name to content, or an archive' },
      ]);
    });

    it.each<[string, Properties]>([
      ['certificates', authorities],
      ['certificates with their path', { ...authorities, path: '/usr/local/share/ca-certificates' }],
      ['other files', configuration],
      [
        '20 files',
        { ...configuration, files: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, 'x'])) },
      ],
      ['a file of 1 MB', { ...configuration, files: { big: 'x'.repeat(mostBytes) } }],
      ['an empty file', { ...configuration, files: { empty: '' } }],
    ])('takes %s', async (_, inputs) => {
      await checked(inputs);
    });

    it('tells the reference, the contents and the certificates', async () => {
      const inputs = await checked(authorities);
      expect(inputs['path']).toBe('/usr/local/share/ca-certificates/');
      expect(inputs['reference']).toBe(`local/corporate-ca@${String(inputs['version'])}`);
      expect(inputs['contents']).toMatchObject({ 'root.crt': { size: root.length } });
      expect(inputs['certificates']).toMatchObject([
        { file: 'root.crt', subject: expect.stringContaining('Quickstart Corporate Root') },
      ]);
      expect(published.size).toBe(0);
    });

    it('gives one reference for a text, an asset of it, and a file with it in any folder', async () => {
      await mkdir(path.join(folder, 'deep'));
      await writeFile(path.join(folder, 'deep/root.crt'), root);
      const contents = [
        root,
        asset({ text: root }),
        asset({ path: 'deep/root.crt' }),
        asset({ path: path.join(folder, 'deep/root.crt') }),
      ];
      const references = await Promise.all(
        contents.map(
          async (content) => (await checked({ ...authorities, files: { 'root.crt': content } }))['reference'],
        ),
      );
      expect(new Set(references).size).toBe(1);
    });

    it.each([
      ['a file', { files: { 'root.crt': unknown } }],
      ['all files', { files: unknown }],
      ['the name', { name: unknown }],
    ])('leaves the reference open while %s is unknown', async (_, change) => {
      const inputs = await checked({ ...authorities, ...change });
      expect(inputs).toMatchObject({
        ...change,
        reference: unknown,
        version: unknown,
        contents: unknown,
        certificates: unknown,
      });
    });

    it.each([
      ['2049-12-20T00:00:00Z', /expires in 11 days/u],
      ['2050-01-02T00:00:00Z', /has expired/u],
    ])('warns at %s', async (now, message) => {
      await fileBundle.check({ ...context, clock: () => new Date(now) }, {}, authorities);
      expect(messages).toMatchObject([{ kind: 'warning', message: expect.stringMatching(message) }]);
    });
  });

  describe('a life', () => {
    it('publishes, versions and removes', async () => {
      const inputs = await checked(configuration);
      const { id, outputs: state } = await fileBundle.create(context, inputs);
      expect(id).toBe('local/settings');
      expect([...published.keys()]).toEqual([state['reference']]);
      expect(fileBundle.diff(context, state, await checked(configuration))).toMatchObject({
        changes: false,
        detailed: {},
        replaces: [],
        deleteBeforeReplace: false,
      });
      expect(await fileBundle.read(context, state)).toEqual(state);

      const changed = await checked({ ...configuration, files: { 'app.conf': 'a = 2\n' } });
      expect(fileBundle.diff(context, state, changed)).toMatchObject({ changes: true, replaces: [] });
      const updated = await fileBundle.update(context, state, changed);
      expect(updated['version']).not.toBe(state['version']);

      await fileBundle.delete(context, updated);
      expect(await fileBundle.read(context, updated)).toBeUndefined();
    });

    it('is replaced under another name', async () => {
      const { outputs: state } = await fileBundle.create(context, await checked(configuration));
      const renamed = await checked({ ...configuration, name: 'others' });
      expect(fileBundle.diff(context, state, renamed)).toMatchObject({ changes: true, replaces: ['name'] });
    });

    it('has nothing to do when a file moves and its content stays', async () => {
      await writeFile(path.join(folder, 'one'), 'x');
      await writeFile(path.join(folder, 'two'), 'x');
      const inputs = await checked({ ...configuration, files: { a: asset({ path: 'one' }) } });
      const { outputs: state } = await fileBundle.create(context, inputs);
      const moved = await checked({ ...configuration, files: { a: asset({ path: 'two' }) } });
      expect(fileBundle.diff(context, state, moved).changes).toBe(false);
    });

    it('publishes nothing that check has not seen', async () => {
      await writeFile(path.join(folder, 'one'), 'x');
      const inputs = await checked({ ...configuration, files: { a: asset({ path: 'one' }) } });
      await writeFile(path.join(folder, 'one'), 'y');
      await expect(fileBundle.create(context, inputs)).rejects.toMatchObject({ code: 'bundle/changed' });
      expect(published.size).toBe(0);
    });

    it.each([
      ['an archive of assets', (): Properties => archive({ assets: { a: asset({ path: 'in/a' }), b: 'y' } })],
      ['a folder as an archive', (): Properties => archive({ path: 'in' })],
      ['a packed archive', (): Properties => archive({ path: 'files.tgz' })],
      ['a remote archive', (): Properties => archive({ uri: 'https://example.com/files.zip' })],
      ['remote assets', (): Properties => ({ a: asset({ uri: 'https://example.com/a' }), b: 'y' })],
    ])('takes %s', async (_, files) => {
      const parts = [
        { name: 'a', content: 'x' },
        { name: 'b', content: 'y' },
      ];
      fetched.set('https://example.com/a', Buffer.from('x'));
      fetched.set('https://example.com/files.zip', makeZip(parts));
      await writeFile(path.join(folder, 'files.tgz'), gzipSync(makeTar(parts)));
      await mkdir(path.join(folder, 'in'));
      await writeFile(path.join(folder, 'in/a'), 'x');
      await writeFile(path.join(folder, 'in/b'), 'y');
      const mapped = await checked({ ...configuration, files: { a: 'x', b: 'y' } });
      expect((await checked({ ...configuration, files: files() }))['reference']).toBe(mapped['reference']);
    });

    it.each([
      ['a folder that is not there', 'nowhere', undefined],
      ['a folder with folders in it', '.', undefined],
      ['a remote archive that is not there', undefined, 'https://example.com/a.zip'],
    ])('refuses %s', async (_, folderName, uri) => {
      await mkdir(path.join(folder, 'in'));
      const files = archive({
        ...(folderName === undefined ? {} : { path: folderName }),
        ...(uri === undefined ? {} : { uri }),
      });
      const { failures } = await fileBundle.check(context, {}, { ...configuration, files });
      expect(failures.map(({ property }) => property)).toEqual(['files']);
    });

    it('says of a remote file that a preview needs it, without what is secret in its URL', async () => {
      const files = { a: asset({ uri: 'https://user:hunter2@example.com/a?token=hunter3' }) };
      const { failures } = await fileBundle.check({ ...context, preview: true }, {}, { ...configuration, files });
      expect(failures).toMatchObject([{ property: 'files.a', reason: expect.stringContaining('example.com/a') }]);
      expect(failures[0]?.reason).toContain('a preview needs it');
      expect(failures[0]?.reason).not.toContain('hunter');
    });

    it('publishes nothing when a remote file has changed since it was checked', async () => {
      fetched.set('https://example.com/a', Buffer.from('x'));
      const files = { a: asset({ uri: 'https://example.com/a' }) };
      const inputs = await checked({ ...configuration, files });
      fetched.set('https://example.com/a', Buffer.from('y'));
      await expect(fileBundle.create(context, inputs)).rejects.toMatchObject({ code: 'bundle/changed' });
      expect(published.size).toBe(0);
      fetched.delete('https://example.com/a');
      await expect(fileBundle.create(context, inputs)).rejects.toMatchObject({ code: 'bundle/invalid' });
    });

    it('refuses what is wrong in an archive by the name of its file', async () => {
      await writeFile(path.join(folder, 'files.tgz'), gzipSync(makeTar([{ name: 'in/a', content: root }])));
      const { failures } = await fileBundle.check(
        context,
        {},
        { ...configuration, files: archive({ path: 'files.tgz' }) },
      );
      expect(failures.map(({ property }) => property)).toEqual(['files["in/a"]', 'files["in/a"]']);
    });

    it('refuses a secret in a file where the setting says so, and warns of it else', async () => {
      const secrets = ['files["app.conf"]'];
      const { failures } = await fileBundle.check({ ...context, secrets, forbidSecrets: true }, {}, configuration);
      expect(failures.map(({ property }) => property)).toEqual(secrets);
      expect((await fileBundle.check({ ...context, secrets }, {}, configuration)).failures).toEqual([]);
      expect(messages).toMatchObject([{ kind: 'warning', message: expect.stringContaining('holds a secret') }]);
    });

    it('keeps no content of files in the state', async () => {
      await writeFile(path.join(folder, 'one'), 'the content of one');
      const inputs = await checked({ ...configuration, files: { a: asset({ path: 'one' }) } });
      const { outputs } = await fileBundle.create(context, inputs);
      expect(JSON.stringify(outputs)).not.toContain('the content');
    });

    it('is kept when the registry cannot be asked', async () => {
      const { outputs: state } = await fileBundle.create(context, await checked(configuration));
      const failing: ResourceContext = {
        ...context,
        useCases: (place) => ({
          ...context.useCases(place),
          readBundle: () => Promise.reject(new PrivateImageError('http/status', 'the registry answered 403')),
        }),
      };
      expect(await fileBundle.read(failing, state)).toEqual(state);
      expect(messages).toMatchObject([{ kind: 'warning', message: expect.stringContaining('403') }]);
    });

    it('is kept, named and published again when its state does not say what was published', async () => {
      const { outputs } = await fileBundle.create(context, await checked(configuration));
      const { reference: _, ...state } = outputs;
      expect(await fileBundle.read(context, state)).toEqual(state);
      expect(messages).toMatchObject([
        { kind: 'warning', message: expect.stringMatching(/bundle settings.*pulumi up/u) },
      ]);
      expect(fileBundle.diff(context, state, await checked(configuration))).toMatchObject({
        changes: true,
        replaces: [],
      });
    });
  });
});
