import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApkWorld, filesInLayout, openApkWorld } from '../../tests/fixtures/apk-world.js';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { fileStamps } from '../../tests/fixtures/file-stamps.js';
import { requestFor } from '../../tests/fixtures/small-world.js';
import type { MadePackage } from '../packages/apk/testing/apk-maker.js';
import type { FailedLine, Plan, PlanError, ResolvedLine } from './plan.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';
import type { ImageRequest } from './request.js';
import { searchPackages } from './search-packages.js';

const claim = { owner: 'resource-1', traceId: 'trace-1' };
let world: ApkWorld;

beforeAll(async () => {
  world = await openApkWorld();
  await writeWolfi();
  await writeAlpine();
});
afterAll(() => world.close());

/** Each package once: starters share the distribution's own. */
function once(packages: readonly MadePackage[]): readonly MadePackage[] {
  return [...new Map(packages.map((one) => [one.name, one])).values()];
}

/** PHP 8.3 and 8.4, Python 3.13 and Ruby 3.4, in one repository. */
async function writeWolfi(): Promise<void> {
  const starters = [
    ['php', '8.3', '8.3.20'],
    ['php', '8.4', '8.4.12'],
    ['python', '3.13', '3.13.5'],
    ['ruby', '3.4', '3.4.4'],
  ].flatMap(([name = '', line = '', version = '']) =>
    world.starterPackages({ distribution: 'wolfi', name, line, version, suite: 'rolling' }),
  );
  const own: readonly MadePackage[] = [
    { name: 'php-8.3-curl', version: '8.3.20-r0', depends: ['php-8.3', 'so:libcurl.so.4'] },
    { name: 'php-8.4-curl', version: '8.4.12-r0', depends: ['php-8.4', 'so:libcurl.so.4'] },
    { name: 'php-8.4-lua', version: '8.4.12-r0', depends: ['php-8.4'] },
    { name: 'libcurl', version: '8.9.0-r1', provides: ['so:libcurl.so.4=4.8.0'], origin: 'curl' },
    { name: 'jq', version: '1.7-r0', depends: ['so:libjq.so.1'], provides: ['cmd:jq=1.7-r0'] },
    { name: 'libjq', version: '1.7-r0', provides: ['so:libjq.so.1=1.0.4'], origin: 'jq' },
    { name: 'with-jq', depends: ['cmd:jq'] },
    { name: 'openssl' },
    { name: 'openssl-provider-fips' },
    { name: 'smtp-one', provides: ['mail-sender'] },
    { name: 'smtp-two', provides: ['mail-sender'] },
    { name: 'py3.13-rsa', version: '4.9-r0', provides: ['py3-rsa=4.9-r0'] },
    { name: 'ruby3.4-rake', version: '13.2.1-r0' },
  ];
  await world.write('wolfi', once([...starters, ...own]), { x86_64: [{ name: 'only-amd64' }] });
}

/** The releases that are maintained in June of 2026, each with a PHP of its own; two lines are in two of them. */
async function writeAlpine(): Promise<void> {
  const releases = { 'v3.21': ['8.3.20'], 'v3.22': ['8.3.25', '8.4.10'], 'v3.23': ['8.4.12', '8.5.1'] };
  for (const [suite, versions] of Object.entries(releases)) {
    const starters = versions.flatMap((version) => {
      const line = version.split('.').slice(0, 2).join('.');
      return world.starterPackages({ distribution: 'alpine', name: 'php', line, suite, version });
    });
    const all = once(starters);
    const curl = versions.map((version): MadePackage => {
      const php = `php${version.split('.').slice(0, 2).join('')}`;
      return { name: `${php}-curl`, version: `${version}-r0`, depends: [php, '/bin/sh'] };
    });
    const isPhp = (one: MadePackage): boolean => one.name.startsWith('php');
    await world.write(
      `alpine/${suite}/main`,
      all.filter((one) => !isPhp(one)),
    );
    await world.write(`alpine/${suite}/community`, [...all.filter(isPhp), ...curl]);
  }
}

async function plan(distribution: 'wolfi' | 'alpine', changes: Partial<ImageRequest> = {}) {
  const planned = await planImage(world.creator(distribution), requestFor(changes));
  const line = (name: string) => {
    const found = planned.plan.lines.find((one) => one.line === name);
    expect(found, `${name} in the plan`).toBeDefined();
    return found!;
  };
  return {
    ...planned,
    resolved: (name: string) => {
      const found = line(name);
      expect(found).toMatchObject({ status: 'resolved' });
      return found as ResolvedLine;
    },
    failed: (name: string) => {
      const found = line(name);
      expect(found).toMatchObject({ status: 'failed' });
      return found as FailedLine;
    },
  };
}

/** Name, version and why of what the user added, on the first architecture. */
function added(line: ResolvedLine): readonly string[] {
  const packages = line.architectures[0]?.packages ?? [];
  return packages
    .filter((one) => one.from === 'added')
    .map((one) => `${one.package.name}=${one.package.version} ${one.reason} ${one.because}`);
}

function heads({ lines }: Plan): readonly string[] {
  return lines.map(({ line, suite, version }) => `${line} ${version ?? ''} ${suite}`);
}

describe('starters of Wolfi', () => {
  it('have their lines from package names', async () => {
    const { plan: whole, summary } = await plan('wolfi');
    expect(heads(whole)).toEqual(['8.3 8.3.20 rolling', '8.4 8.4.12 rolling']);
    expect(summary.lines['8.4']?.tags).toEqual(['8.4.12', '8.4', '8', 'latest']);
    expect(heads((await plan('wolfi', { starter: 'python' })).plan)).toEqual(['3.13 3.13.5 rolling']);
    expect(heads((await plan('wolfi', { starter: 'ruby' })).plan)).toEqual(['3.4 3.4.4 rolling']);
  });

  it.each<[string, string, string, readonly string[]]>([
    [
      'php',
      'php-curl-auto',
      '8.3',
      ['libcurl=8.9.0-r1 dependency php-8.3-curl', 'php-8.3-curl=8.3.20-r0 auto php-curl-auto'],
    ],
    [
      'php',
      'php-curl-auto',
      '8.4',
      ['libcurl=8.9.0-r1 dependency php-8.4-curl', 'php-8.4-curl=8.4.12-r0 auto php-curl-auto'],
    ],
    ['python', 'py3-rsa-auto', '3.13', ['py3.13-rsa=4.9-r0 auto py3-rsa-auto']],
    ['ruby', 'ruby-rake-auto', '3.4', ['ruby3.4-rake=13.2.1-r0 auto ruby-rake-auto']],
  ])('%s turns %s into the package of line %s', async (starter, auto, line, expected) => {
    const { resolved } = await plan('wolfi', { starter, packages: [auto] });
    expect(added(resolved(line))).toEqual(expected);
  });

  it('skip an auto package in the line that lacks it', async () => {
    const { resolved } = await plan('wolfi', { packages: ['php-lua-auto'] });
    expect(resolved('8.3').skipped).toEqual([{ name: 'php-lua-auto', reason: 'no package for line 8.3' }]);
    expect(added(resolved('8.4'))).toEqual(['php-8.4-lua=8.4.12-r0 auto php-lua-auto']);
  });

  it('refuse a package of their own family, with the version of the latest line', async () => {
    const error = await errorOf(plan('wolfi', { packages: ['php-8.3'] }));
    expect(error.code).toBe('auto/blocked-family');
    expect(error.message).toContain('php-8.3');
    expect(error.message).toContain('8.4.12');
  });

  it('follow libraries and commands to the packages that provide them', async () => {
    const { resolved } = await plan('wolfi', { packages: ['with-jq'], lines: ['8.4'] });
    expect(added(resolved('8.4'))).toEqual([
      'jq=1.7-r0 dependency with-jq',
      'libjq=1.7-r0 dependency jq',
      'with-jq=1.0.0-r0 added with-jq',
    ]);
    expect(resolved('8.4').architectures.map(({ architecture }) => architecture)).toEqual(['amd64', 'arm64']);
  });

  it('name the choices for a virtual name that nobody has chosen a provider of', async () => {
    const { failed } = await plan('wolfi', { packages: ['mail-sender'], lines: ['8.4'] });
    for (const name of ['mail-sender', 'smtp-one', 'smtp-two']) expect(failed('8.4').error.message).toContain(name);
    const { resolved } = await plan('wolfi', { packages: ['mail-sender', 'smtp-two'], lines: ['8.4'] });
    expect(added(resolved('8.4')).map((one) => one.split('=')[0])).toEqual(['smtp-two']);
  });

  it('name the architecture that lacks a package', async () => {
    const { failed } = await plan('wolfi', { packages: ['only-amd64'], lines: ['8.4'] });
    expect(failed('8.4').error.message).toMatch(/arm64.*only-amd64/u);
    const { resolved } = await plan('wolfi', { packages: ['only-amd64'], lines: ['8.4'], architectures: ['amd64'] });
    expect(added(resolved('8.4'))).toEqual(['only-amd64=1.0.0-r0 added only-amd64']);
  });
});

describe('starters of Alpine', () => {
  it('have each line from the release with its newest version, and tags over all lines', async () => {
    const { plan: whole, summary } = await plan('alpine');
    expect(heads(whole)).toEqual(['8.3 8.3.25 v3.22', '8.4 8.4.12 v3.23', '8.5 8.5.1 v3.23']);
    expect(summary.lines['8.3']?.tags).toEqual(['8.3.25', '8.3']);
    expect(summary.lines['8.5']?.tags).toEqual(['8.5.1', '8.5', '8', 'latest']);
  });

  it('turn an auto package into the package of each release, and need no shell for its scripts', async () => {
    const { resolved } = await plan('alpine', { packages: ['php-curl-auto'] });
    expect(added(resolved('8.3'))).toEqual(['php83-curl=8.3.25-r0 auto php-curl-auto']);
    expect(added(resolved('8.4'))).toEqual(['php84-curl=8.4.12-r0 auto php-curl-auto']);
    expect(resolved('8.4').architectures[0]?.assumed).toEqual([{ name: '/bin/sh', requiredBy: ['php84-curl'] }]);
  });
});

describe('publishing', () => {
  it.each<['wolfi' | 'alpine', string]>([
    ['wolfi', '8.4'],
    ['alpine', '8.5'],
  ])(
    '%s: the installed database and the SBOM are those of the plan, and a second time nothing is written',
    async (distribution, line) => {
      const changes = { name: distribution, packages: ['php-curl-auto'], lines: [line] };
      const { digest, resolved } = await plan(distribution, changes);
      const image = await publishImage(world.creator(distribution), digest, claim);
      const registry = path.join(world.folder, 'registry');
      const databases = await filesInLayout(path.join(registry, '53', distribution), /lib\/apk\/db\/installed$/u);
      expect(databases).toHaveLength(2);
      for (const { architecture, packages } of resolved(line).architectures) {
        const names = packages.map((one) => `${one.package.name} ${one.package.version}`).sort();
        const arch = architecture === 'amd64' ? 'x86_64' : 'aarch64';
        expect(databases.map(installedIn)).toContainEqual(names.map((name) => `${name} ${arch}`));
        const sbom = await readFile(fileURLToPath(image.lines[0]!.sbomUrls[architecture]!), 'utf8');
        for (const name of names)
          expect(sbom).toContain(`pkg:apk/${distribution}/${name.replace(' ', '@')}?arch=${arch}`);
      }
      const before = await fileStamps(registry);
      const cold = world.creator(distribution, 'cold');
      const again = await planImage(cold, requestFor(changes));
      expect(await publishImage(cold, again.digest, claim)).toEqual(image);
      expect(await fileStamps(registry)).toEqual(before);
    },
  );

  it('marks what is FIPS-validated in a search', async () => {
    const found = await searchPackages(world.creator('wolfi'), {
      text: 'openssl',
      distribution: 'wolfi',
      suite: undefined,
    });
    const isMarked = (name: string) => found.find((one) => one.name === name)?.versions.map((one) => one.fips === true);
    expect(isMarked('openssl')).toEqual([false]);
    expect(isMarked('openssl-provider-fips')).toEqual([true]);
  });

  it('refuses a package that is not what the index says, by name', async () => {
    const file = path.join(world.folder, 'mirror', 'wolfi', 'x86_64', 'smtp-one-1.0.0-r0.apk');
    const bytes = await readFile(file);
    bytes[bytes.length - 20]! ^= 0xff;
    await writeFile(file, bytes);
    const changes = { name: 'spoilt', packages: ['smtp-one'], lines: ['8.4'], architectures: ['amd64'] as const };
    const { digest } = await plan('wolfi', changes);
    const error = await errorOf(publishImage(world.creator('wolfi'), digest, claim));
    expect(error.code).toBe('image/no-line-built');
    const { '8.4': reason } = error.data['lines'] as Record<string, PlanError>;
    expect(reason?.code).toBe('package/wrong-checksum');
    expect(reason?.message).toMatch(/smtp-one 1\.0\.0-r0/u);
  });
});

/** `name version architecture` of each package in apk's database, sorted. */
function installedIn(database: string): readonly string[] {
  const field = (stanza: string, key: string): string => new RegExp(`^${key}:(.*)$`, 'mu').exec(stanza)?.[1] ?? '';
  return database
    .split('\n\n')
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) => ['P', 'V', 'A'].map((key) => field(stanza, key)).join(' '))
    .sort();
}
