import { afterAll, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { openSmallWorld, requestFor } from '../../tests/fixtures/small-world.js';
import { describeError, type PrivateImageError } from '../support/errors.js';
import { planFile } from './plan-file.js';
import { planImage } from './plan-image.js';
import { faultsIn } from './request-faults.js';
import type { ImageRequest } from './request.js';

const world = await openSmallWorld(undefined, {
  intel: {
    title: 'Intel',
    description: 'For one architecture.',
    category: 'base',
    distribution: 'debian',
    primary: { package: '^libworld$', version: '^(?<version>(?<line>\\d+)\\.\\d+)' },
    archs: ['x86_64'],
    contents: { packages: ['libworld'] },
  },
});
const creator = world.creator({ environment: { PRIVATE_IMAGE_ARCHITECTURES: 'arm64' } });
afterAll(() => world.close());

it.each<[string, Partial<ImageRequest>, string, RegExp[]]>([
  ['a starter that is not in the catalog', { starter: 'phpp' }, 'catalog/unknown-starter', [/"phpp"/u, /mean php\b/u]],
  ['a line that is not maintained', { lines: ['8.4', '7.4'] }, 'image/unknown-line', [/line 7\.4/u, /8\.2, 8\.4/u]],
  ['all lines that are not maintained', { lines: ['9', '8.4', '7.4'] }, 'image/unknown-line', [/line 9, 7\.4\n/u]],
  [
    'all packages that are asked for in no known form',
    { packages: ['jq (>= 1)', 'jq', 'a b'] },
    'request/malformed',
    [/"jq \(>= 1\)"[^]*"a b"[^]*Write "name"/u],
  ],
  [
    'an auto package with a version, which is none of all lines',
    { packages: ['php-curl-auto=8.2.29', 'jq=1.*'] },
    'request/malformed',
    [/"php-curl-auto=8\.2\.29"[^]*"jq=1\.\*"/u, /Write "php-curl-auto"[^]*Write "jq~1"/u],
  ],
  [
    'architectures of which the starter has none',
    { starter: 'intel', architectures: undefined },
    'image/no-architecture',
    [/starter intel is for amd64/u, /built for arm64/u],
  ],
  [
    'an architecture that the starter is not for, beside one that it is for',
    { starter: 'intel', architectures: ['arm64', 'amd64'] },
    'image/no-architecture',
    [/starter intel is for amd64/u, /built for arm64, amd64/u],
  ],
  [
    'a variable that the starter sets',
    { environment: { MINE: 'x', PATH: '/bin', PHP_LINE: '9' } },
    'image/environment-taken',
    [/PATH, PHP_LINE/u, /starter php/u],
  ],
  [
    'an auto package that no line has',
    { packages: ['php-crul-auto'] },
    'auto/unknown',
    [/php-crul-auto/u, /php-…-auto/u],
  ],
  [
    'an auto package of a starter that has none',
    { starter: 'plain', packages: ['php-curl-auto'] },
    'auto/unknown',
    [/php-curl-auto/u, /plain has no auto packages/u],
  ],
  [
    'a package that the starter has',
    { packages: ['php8.2-common'] },
    'auto/blocked-family',
    [/php8\.2-common/u, /latest line uses php8\.4-common 8\.4\.12/u],
  ],
  [
    'an auto package of a family that the starter has',
    { packages: ['php-common-auto'] },
    'auto/blocked-family',
    [/php-common-auto/u, /php8\.4-common 8\.4\.12/u],
  ],
  [
    'another version of what the starter has, with a constraint',
    { packages: ['libworld>=1.0'] },
    'auto/blocked-family',
    [/libworld/u, /libworld 2\.0/u],
  ],
  [
    'a bundle that nobody made',
    { fileBundles: [`53/none@sha256:${'0'.repeat(64)}`] },
    'bundle/unknown',
    [/53\/none@/u],
  ],
])('refuses %s', async (_, changes, code, says) => {
  const error = await errorOf(planImage(creator, requestFor(changes)));
  expect(error.code).toBe(code);
  for (const pattern of says) expect(describeError(error)).toMatch(pattern);
});

it('tells all that is wrong with a request at once', async () => {
  const error = await errorOf(
    planImage(
      creator,
      requestFor({
        lines: ['8.4', '7.4'],
        packages: ['a b', 'php8.4-common'],
        environment: { PATH: '/bin' },
        fileBundles: [`53/none@sha256:${'0'.repeat(64)}`],
      }),
    ),
  );
  expect(error.code).toBe('image/several-faults');
  expect(faultsIn(error).map((fault) => (fault as PrivateImageError).code)).toEqual([
    'image/environment-taken',
    'bundle/unknown',
    'image/unknown-line',
    'request/malformed',
    'auto/blocked-family',
  ]);
  expect(describeError(error)).toMatch(/PATH[^]*53\/none@[^]*line 7\.4[^]*"a b"[^]*php8\.4-common/u);
});

it('tells what is wrong with a request although its repositories are away', async () => {
  const away = world.creator({ mirror: `${world.url}/nowhere`, cache: 'away' });
  const error = await errorOf(planImage(away, requestFor({ environment: { PATH: '/bin' } })));
  const [taken, ...others] = faultsIn(error) as readonly PrivateImageError[];
  expect(taken?.code).toBe('image/environment-taken');
  expect(others).toHaveLength(1);
});

it('names in the data of an error what is wrong, and nothing beside it', async () => {
  const lines = await errorOf(planImage(creator, requestFor({ lines: ['9', '8.4'] })));
  expect(lines.data).toEqual({ lines: ['9'], starter: 'php' });
  const packages = await errorOf(planImage(creator, requestFor({ packages: ['jq', ' a b'] })));
  expect(packages.data).toEqual({ requests: [' a b'] });
  const intel = await errorOf(planImage(creator, requestFor({ starter: 'intel', architectures: ['arm64', 'amd64'] })));
  expect(intel.data).toEqual({ architectures: ['arm64'], starter: 'intel' });
});

it('refuses a distribution that is not in the catalog, and a file without one', async () => {
  const other = { ...creator, settings: { ...creator.settings, distribution: 'debain' } };
  const unknown = await errorOf(planImage(other, requestFor()));
  expect(unknown.code).toBe('catalog/unknown-distribution');
  expect(describeError(unknown)).toMatch(/debain[\s\S]*debian/u);
  const file = await world.file('bare.yaml', 'contents: {packages: [jq]}\n');
  const bare = await errorOf(planFile(creator, file, requestFor()));
  expect(bare.code).toBe('image/no-distribution');
  expect(bare.message).toContain(file);
});

it('takes a file of the user’s, whose one line is latest', async () => {
  const file = await world.file('own.yaml', 'distribution: debian\ncontents: {packages: [jq]}\n');
  const { plan, summary } = await planFile(creator, file, requestFor({ starter: '' }));
  expect(plan.starter).toBe('own');
  expect(Object.keys(summary.lines)).toEqual(['latest']);
  expect(summary.lines['latest']).toMatchObject({
    suite: 'stable',
    version: 'latest',
    tags: ['latest'],
    packages: { jq: '1.7', libjq: '1.7' },
  });
});
