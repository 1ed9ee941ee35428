import { describe, expect, it } from 'vitest';
import { isPrivateImageError } from '../support/errors.js';
import { readConfiguration, settingRows } from './configuration.js';

const surroundings = { environment: {}, workingDirectory: '/program', home: '/home/user' };

/** Sources with this stack configuration and environment. */
function sources(stack: Record<string, string> = {}, environment: Record<string, string> = {}) {
  return { ...surroundings, environment, stack: (key: string) => stack[key.replace('private-image:', '')] };
}

describe('readConfiguration', () => {
  it('has defaults', () => {
    expect(readConfiguration(surroundings)).toMatchObject({
      tenant: 'local',
      registry: '/program/.private-image/registry',
      distribution: 'debian',
      catalogs: [],
      mirrors: { debian: undefined, debianSecurity: undefined, alpine: undefined, wolfi: undefined },
      repositoryAuth: [],
      architectures: ['amd64', 'arm64'],
      cache: '/home/user/.cache/pulumi-private-image',
      checkValidUntil: true,
      devVariants: true,
      documentation: false,
      concurrency: 8,
      forbidSecretsInImages: false,
    });
  });

  it.each([
    ['tenant', '53', { tenant: '53' }],
    ['registry', 'registry', { registry: '/program/registry' }],
    ['registry', '/srv/registry', { registry: '/srv/registry' }],
    ['distribution', 'wolfi', { distribution: 'wolfi' }],
    ['catalogs', 'a, /b', { catalogs: ['/program/a', '/b'] }],
    ['catalogs', '["a,b"]', { catalogs: ['/program/a,b'] }],
    [
      'debianMirror',
      'http://mirror.example/debian',
      {
        mirrors: {
          debian: 'http://mirror.example/debian',
          debianSecurity: undefined,
          alpine: undefined,
          wolfi: undefined,
        },
      },
    ],
    [
      'debianSecurityMirror',
      'file:///m',
      { mirrors: { debian: undefined, debianSecurity: 'file:///m', alpine: undefined, wolfi: undefined } },
    ],
    [
      'repositoryAuth',
      'https://a.test/x=basic me:p:w, http://b.test=Bearer t=0',
      {
        repositoryAuth: [
          { prefix: 'https://a.test/x', authorization: `Basic ${Buffer.from('me:p:w').toString('base64')}` },
          { prefix: 'http://b.test', authorization: 'Bearer t=0' },
        ],
      },
    ],
    [
      'repositoryAuth',
      '["https://a.test=basic me:p,w "]',
      {
        repositoryAuth: [
          { prefix: 'https://a.test', authorization: `Basic ${Buffer.from('me:p,w').toString('base64')}` },
        ],
      },
    ],
    ['architectures', 'arm64', { architectures: ['arm64'] }],
    ['cache', '/var/cache', { cache: '/var/cache' }],
    ['checkValidUntil', 'false', { checkValidUntil: false }],
    ['concurrency', '3', { concurrency: 3 }],
    ['devVariants', 'false', { devVariants: false }],
    ['documentation', 'true', { documentation: true }],
    ['forbidSecretsInImages', 'true', { forbidSecretsInImages: true }],
  ])('takes %s = %s from the stack and from the environment', (name, value, expected) => {
    expect(readConfiguration(sources({ [name]: value }))).toMatchObject(expected);
    const variable = settingRows.find((row) => row.name === name)!.variable;
    expect(readConfiguration(sources({}, { [variable]: value }))).toMatchObject(expected);
  });

  it('prefers arguments to the stack, and the stack to the environment', () => {
    const environment = {
      PRIVATE_IMAGE_TENANT: 'environment',
      PRIVATE_IMAGE_DISTRIBUTION: 'environment',
      PRIVATE_IMAGE_REGISTRY: '/e',
    };
    const stack = sources({ tenant: 'stack', distribution: 'stack' }, environment);
    const argumentOf = (name: string) => (name === 'tenant' ? 'argument' : undefined);
    const settings = readConfiguration({ ...stack, argumentOf });
    expect(settings).toMatchObject({ tenant: 'argument', distribution: 'stack', registry: '/e' });
  });

  it('takes an empty variable for none, and XDG_CACHE_HOME for the cache', () => {
    const settings = readConfiguration(sources({}, { PRIVATE_IMAGE_TENANT: '', XDG_CACHE_HOME: '/xdg' }));
    expect(settings).toMatchObject({ tenant: 'local', cache: '/xdg/pulumi-private-image' });
  });

  it('tells every fault at once, each with where it was written', () => {
    const faulty = sources(
      { tenant: 'Fifty/Three', architectures: 'amd64,mips', checkValidUntil: 'maybe', catalogs: '["a"' },
      { PRIVATE_IMAGE_CONCURRENCY: '0', PRIVATE_IMAGE_DEBIAN_MIRROR: 'ftp://old.example' },
    );
    const error = catchError(() => readConfiguration(faulty));
    expect(isPrivateImageError(error, 'configuration/invalid')).toBe(true);
    for (const where of [
      'private-image:tenant',
      'private-image:architectures',
      'private-image:checkValidUntil',
      'private-image:catalogs',
      'PRIVATE_IMAGE_CONCURRENCY',
      'PRIVATE_IMAGE_DEBIAN_MIRROR',
    ]) {
      expect((error as Error).message).toContain(where);
    }
  });

  it.each([
    'https://a.test=basic hidden',
    'https://a.test=digest hidden:hidden',
    'https://a.test hidden',
    'https://me:hidden@a.test=bearer hidden',
    'ftp://a.test=bearer hidden',
    'https://a.test=bearer hidden hidden',
    '["https://a.test=bearer hidden\\nden"]',
    '["https://a.test=bearer hidden"',
  ])('refuses the credentials %j without repeating them', (value) => {
    const good = 'https://a.test=bearer x';
    const list = value.startsWith('[') ? value : `${good},${value}`;
    const error = catchError(() => readConfiguration(sources({}, { PRIVATE_IMAGE_REPOSITORY_AUTH: list })));
    expect(isPrivateImageError(error, 'configuration/invalid')).toBe(true);
    expect((error as Error).message).toContain('PRIVATE_IMAGE_REPOSITORY_AUTH');
    if (list !== value) expect((error as Error).message).toContain('number 2');
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('hid');
  });

  it('marks what is secret', () => {
    const secrets = settingRows.filter((row) => row.secret).map((row) => row.name);
    expect(secrets).toEqual(expect.arrayContaining(['repositoryAuth', 'registryAuth', 'signingKey']));
    expect(secrets).not.toContain('tenant');
  });

  it.each([['..'], ['a/b'], ['-a'], ['a-'], ['A'], ['a__']])('refuses the tenant %s', (tenant) => {
    expect(
      isPrivateImageError(
        catchError(() => readConfiguration(sources({ tenant }))),
        'configuration/invalid',
      ),
    ).toBe(true);
  });
});

function catchError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
