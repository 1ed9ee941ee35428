import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requestFor } from '../../tests/fixtures/small-world.js';
import type { ConfigurationFile } from '../catalog/starter.js';
import { openStore } from '../store/open-store.js';
import { digestOf } from '../support/digest.js';
import { bundleContent, type Bundle } from './bundle-manifest.js';
import { refuseSamePaths } from './bundle-paths.js';
import type { Creator } from './creator.js';
import { devImage, filesOfBundle, lineImage } from './line-image.js';
import type { BundleRequest, ImageRequest } from './request.js';

const folder = await mkdtemp(path.join(tmpdir(), 'line-image-'));
afterAll(() => rm(folder, { recursive: true }));
function creatorWith(settings: Readonly<Record<string, unknown>> = {}): Creator {
  return {
    settings: { tenant: '53', documentation: false, ...settings },
    store: openStore(folder),
  } as unknown as Creator;
}
const creator = creatorWith();

const starter = {
  name: 'php',
  configuration: { environment: { PATH: '/usr/bin' }, annotations: { 'org.example.mine': 'yes' } },
  replacements: [],
  handledScripts: ['php8.4-cli'],
  documentation: ['usr/share/man/**'],
  exclude: ['usr/sbin/phpenmod'],
  dev: {
    packages: ['bash', 'apt'],
    replacements: [{ kind: 'login-shells' }],
    handledScripts: ['bash'],
  },
  allow: ['usr/bin/php'],
  files: [{ path: '/etc/php.ini', content: 'a=b\n', permissions: 0o640 }],
  layerBudget: undefined,
} as unknown as ConfigurationFile;

const distribution = { id: 'debian', versionId: '13', codename: 'trixie' };

function imageOf(changes: Partial<ImageRequest> = {}, bundles: readonly Bundle[] = [], of = starter) {
  const line = { starter: of, line: '8.4', version: '8.4.12', suite: 'trixie', distribution, apk: undefined };
  return lineImage(creator, line, requestFor(changes), bundles);
}

function bundle(name: string, changes: Partial<BundleRequest> = {}): Bundle {
  const files = { 'a.conf': Buffer.from(`a of ${name}`) };
  return bundleContent({ name, type: 'other', path: '/etc/app', description: undefined, files, ...changes }).bundle;
}

function certificates(name: string, ...files: readonly string[]): Bundle {
  const content = Object.fromEntries(files.map((file) => [file, Buffer.from(`${file} of ${name}`)]));
  return bundle(name, { type: 'certificates', path: '/usr/local/share/ca-certificates/', files: content });
}

describe('devImage', () => {
  const packageManager = { sources: 'Types: deb\n' };

  it('runs as production does, with whole packages and apt, and nobody asks what programs it holds', async () => {
    const production = await imageOf({ environment: { KEY: 'value' } }, [], { ...starter, distribution: 'debian' });
    const dev = devImage(creator, production, starter, packageManager);
    expect(dev.configuration).toBe(production.configuration);
    expect(production).toMatchObject({ allow: ['usr/bin/php'], packageManager: undefined });
    expect(dev).toMatchObject({ exclude: ['usr/share/man/**'], allow: undefined, packageManager });
    expect(dev.replacements).toEqual([{ kind: 'login-shells' }]);
    expect(dev.handledScripts).toEqual(['php8.4-cli', 'bash']);
    expect(devImage(creatorWith({ documentation: true }), production, starter, packageManager).exclude).toEqual([]);
  });

  it('says in a label and an annotation that it is one', async () => {
    const production = await imageOf();
    const { labels, annotations } = devImage(creator, production, starter, packageManager);
    const variant = { 'dev.pulumi-private-image.variant': 'dev' };
    expect(labels).toEqual({ ...production.labels, ...variant });
    expect(annotations).toEqual({ ...production.annotations, ...variant });
    expect(production.labels).not.toHaveProperty(['dev.pulumi-private-image.variant']);
  });

  it('asks apk for its packages as well', async () => {
    const apk = { requests: ['php-8.4', 'bash'], repositories: ['https://packages.example/os'], keys: [] };
    const dev = devImage(creator, { ...(await imageOf()), apk }, starter, undefined);
    expect(dev.apk).toEqual({ ...apk, requests: ['php-8.4', 'bash', 'apt'] });
  });
});

describe('lineImage', () => {
  it('adds the variables of the user to those of the starter, whatever order they came in', async () => {
    const one = await imageOf({ environment: { B: '2', A: '1' } });
    const two = await imageOf({ environment: { A: '1', B: '2' } });
    expect(one.configuration.environment).toEqual({ PATH: '/usr/bin', A: '1', B: '2' });
    expect(JSON.stringify(one)).toBe(JSON.stringify(two));
  });

  it('says in labels whose image it is and what of', async () => {
    const { labels, annotations } = await imageOf({ description: 'The shop.' });
    expect(labels).toEqual({
      'dev.pulumi-private-image': 'true',
      'dev.pulumi-private-image.tenant': '53',
      'dev.pulumi-private-image.name': 'web',
      'dev.pulumi-private-image.starter': 'php',
      'dev.pulumi-private-image.line': '8.4',
      'dev.pulumi-private-image.distribution': 'debian trixie',
      'org.opencontainers.image.title': '53/web',
      'org.opencontainers.image.version': '8.4.12',
      'org.opencontainers.image.description': 'The shop.',
    });
    expect(annotations).toEqual({ ...labels, 'org.example.mine': 'yes' });
    expect((await imageOf()).labels).not.toHaveProperty(['org.opencontainers.image.description']);
  });

  it('keeps the content of the files of the starter in the store', async () => {
    const { starterFiles } = await imageOf();
    expect(starterFiles).toEqual([{ path: '/etc/php.ini', mode: 0o640, digest: digestOf('a=b\n'), size: 4 }]);
    expect((await creator.store.read(starterFiles[0]!.digest)).toString()).toBe('a=b\n');
  });

  it('leaves out the documentation of packages unless it is asked for', async () => {
    expect((await imageOf()).exclude).toEqual(['usr/share/man/**', 'usr/sbin/phpenmod']);
    const line = { starter, line: '8.4', version: '8.4.12', suite: 'trixie', distribution, apk: undefined };
    const whole = await lineImage(creatorWith({ documentation: true }), line, requestFor(), []);
    expect(whole.exclude).toEqual(['usr/sbin/phpenmod']);
  });

  it('has a layer budget, the one of the starter where it has one', async () => {
    expect((await imageOf()).layerBudget).toBe(100);
    expect((await imageOf({}, [], { ...starter, layerBudget: 5 })).layerBudget).toBe(5);
  });

  it('tells certificates from other files, and lists all bundles sorted', async () => {
    const [ca, settings] = [certificates('corporate', 'root.pem'), bundle('app')];
    const image = await imageOf({}, [ca, settings]);
    expect(image.certificates.map(({ name }) => name)).toEqual(['corporate_root.crt']);
    expect(image.files).toMatchObject([{ path: '/etc/app/a.conf', mode: 0o644, digest: digestOf('a of app') }]);
    expect(image.fileBundles).toEqual([`53/app@${settings.digest}`, `53/corporate@${ca.digest}`]);
    expect(image.annotations['dev.pulumi-private-image.file-bundles']).toBe(image.fileBundles.join(' '));
    expect(image.labels).not.toHaveProperty(['dev.pulumi-private-image.file-bundles']);
  });
});

describe('filesOfBundle', () => {
  it.each<[string, Bundle, string[]]>([
    ['in its folder', bundle('app'), ['/etc/app/a.conf']],
    ['in a folder with a slash at its end', bundle('app', { path: '/etc/app//' }), ['/etc/app/a.conf']],
    ['in the root', bundle('app', { path: '/' }), ['/a.conf']],
    [
      'as certificates under names that are taken for such',
      certificates('ca', 'a.crt', 'b.PEM', 'c.der', 'd.cer', 'e', 'f.crt.pem'),
      ['a', 'b', 'c', 'd', 'e', 'f.crt'].map((name) => `/usr/local/share/ca-certificates/ca_${name}.crt`),
    ],
  ])('puts files %s', (_, one, paths) => {
    expect(filesOfBundle(one).map((file) => file.path)).toEqual(paths);
  });
});

describe('refuseSamePaths', () => {
  it.each<[string, Bundle[]]>([
    ['names that only joined are the same', [certificates('corp', 'ca-root.crt'), certificates('corp-ca', 'root.crt')]],
    ['other folders', [bundle('one'), bundle('two', { path: '/etc/two' })]],
    [
      'the same content',
      [bundle('one', { files: { a: Buffer.from('x') } }), bundle('two', { files: { a: Buffer.from('x') } })],
    ],
  ])('lets pass %s', (_, bundles) => {
    expect(() => refuseSamePaths(bundles)).not.toThrow();
  });

  it.each<[string, Bundle[], RegExp]>([
    ['two bundles', [bundle('one'), bundle('two')], /one and two .* \/etc\/app\/a\.conf/u],
    ['one bundle', [certificates('ca', 'a.crt', 'a.pem')], /The file bundle ca .*\/ca_a\.crt/u],
    [
      'two versions of one bundle',
      [bundle('one'), bundle('one', { files: { 'a.conf': Buffer.from('new') } })],
      /bundle one /u,
    ],
  ])('refuses two files of %s at one path', (_, bundles, says) => {
    expect(() => refuseSamePaths(bundles)).toThrow(says);
  });
});
