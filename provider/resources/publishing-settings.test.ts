import { describe, expect, it } from 'vitest';
import { isPrivateImageError } from '../support/errors.js';
import { configurationFaults, readConfiguration } from './configuration.js';
import { portableRegistry, registryAt } from './place.js';
import { readRegistryAuth } from './registry-auth.js';

/** Sources with this environment, without the prefix of its variables. */
function sources(environment: Readonly<Record<string, string>>) {
  const prefixed = Object.entries(environment).map(([name, value]) => [`PRIVATE_IMAGE_${name}`, value] as const);
  return { environment: Object.fromEntries(prefixed), workingDirectory: '/program', home: '/home/user' };
}

function read(environment: Readonly<Record<string, string>>) {
  return readConfiguration(sources(environment));
}

describe('where images go', () => {
  it.each<[string, string, readonly string[]]>([
    ['registry.example.com/team', 'registry.example.com/team', []],
    ['https://registry.example.com/team/', 'registry.example.com/team', []],
    ['http://127.0.0.1:5000', '127.0.0.1:5000', ['127.0.0.1:5000']],
    ['oci://registry/team', 'oci://registry/team', []],
    ['images', '/program/images', []],
    ['./registry.d', '/program/registry.d', []],
    ['file:///srv/images', '/srv/images', []],
  ])('%s is %s', (setting, registry, insecure) => {
    expect(read({ REGISTRY: setting })).toMatchObject({ registry, registryAccess: { insecure } });
  });

  it('goes into a state as what it was read from', () => {
    const settings = [
      'registry.example.com/team',
      'oci://registry/team',
      '/program/images',
      '/srv',
      '/program/my.registry/x',
    ];
    for (const registry of settings) {
      expect(registryAt(portableRegistry(registry, '/program'), '/program')).toBe(registry);
    }
    expect(portableRegistry('/program/images', '/program')).toBe('images');
  });

  it('has mirrors, in the same words', () => {
    expect(read({ MIRROR_REGISTRIES: 'http://localhost:5000/copies,backup' })).toMatchObject({
      mirrorRegistries: ['localhost:5000/copies', '/program/backup'],
      registryAccess: { insecure: ['localhost:5000'] },
    });
  });

  it.each(['https://me:hidden@registry.example.com/team', 'registry.example.com/Team', 'http:///x'])(
    'is not %s, and a password in it is not repeated',
    (setting) => {
      const faults = configurationFaults(sources({ REGISTRY: setting, MIRROR_REGISTRIES: `ok,${setting}` }));
      expect(faults.map(({ name }) => name).sort()).toEqual(['mirrorRegistries', 'registry']);
      expect(JSON.stringify(faults)).not.toContain('hidden');
    },
  );
});

describe('what registries ask for', () => {
  it.each([
    [
      'registry.test=basic me:p:w',
      { place: 'registry.test', credential: { kind: 'password', username: 'me', password: 'p:w' } },
    ],
    [
      'registry.test:5000/team=token t=0',
      { place: 'registry.test:5000/team', credential: { kind: 'bearer', token: 't=0' } },
    ],
    ['registry.test=identity refresh', { place: 'registry.test', credential: { kind: 'identity', token: 'refresh' } }],
  ])('%s', (entry, expected) => {
    expect(readRegistryAuth([entry])).toEqual({ credentials: [expected], faults: [] });
    expect(read({ REGISTRY_AUTH: JSON.stringify([entry]) }).registryAccess.credentials).toEqual([expected]);
  });

  it.each([
    ['a.test=basic me:p,w, x,b.test/team=token t', ['p,w, x', 't']],
    ['a.test=basic me:p , b.test=basic me:q,', ['p', 'q']],
    ['["a.test=basic me:p,q=r,"]', ['p,q=r,']],
  ])('may hold a comma in a password: %s', (setting, secrets) => {
    const { credentials } = read({ REGISTRY_AUTH: setting }).registryAccess;
    expect(credentials.map(({ credential: one }) => (one.kind === 'password' ? one.password : one.token))).toEqual(
      secrets,
    );
    const repositories = setting.replaceAll(/[ab]\.test/gu, 'https://$&').replace('=token', '=bearer');
    expect(read({ REPOSITORY_AUTH: repositories }).repositoryAuth).toHaveLength(secrets.length);
  });

  it.each(['registry.test=basic hidden', 'registry.test=digest hidden', 'registry.test hidden', '=token hidden'])(
    'refuses %s by its number, and does not repeat it',
    (entry) => {
      const [fault] = configurationFaults(sources({ REGISTRY_AUTH: JSON.stringify(['a.test=token x', entry]) }));
      expect(fault?.reason).toContain('number 2');
      expect(fault?.reason).not.toContain('hidden');
    },
  );

  it('wants a certificate and its key together', () => {
    expect(configurationFaults(sources({ REGISTRY_CLIENT_CERTIFICATE: 'own.crt' }))).toMatchObject([
      { where: 'PRIVATE_IMAGE_REGISTRY_CLIENT_CERTIFICATE', reason: 'needs registryClientKey beside it' },
    ]);
    expect(
      read({ REGISTRY_CLIENT_CERTIFICATE: 'own.crt', REGISTRY_CLIENT_KEY: 'own.key', REGISTRY_CERTIFICATES: 'ca.pem' }),
    ).toMatchObject({
      registryAccess: {
        certificates: '/program/ca.pem',
        clientCertificate: '/program/own.crt',
        clientKey: '/program/own.key',
      },
    });
  });
});

describe('how images are signed', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nhidden\n-----END PRIVATE KEY-----\n';

  it.each<[Readonly<Record<string, string>>, object]>([
    [{}, { kind: 'none' }],
    [{ SIGNING_KEY: 'keys/own.key' }, { kind: 'key', privateKey: '/program/keys/own.key', form: 'bundle' }],
    [
      { SIGNING_KEY: pem, SIGNING_KEY_PASSWORD: 'p' },
      { kind: 'key', privateKey: pem, password: 'p' },
    ],
    [{ SIGNING_KEY: pem, SIGNING: 'none' }, { kind: 'none' }],
    [
      { SIGNING_KEY: pem, SIGNATURE_TAGS: 'true', REKOR_URL: 'https://log.test' },
      { form: 'both', rekorUrl: 'https://log.test' },
    ],
    [
      {
        SIGNING: 'keyless',
        IDENTITY_TOKEN: 't',
        FULCIO_URL: 'https://ca.test',
        REKOR_URL: 'none',
        TIMESTAMP_URL: 'https://time.test',
      },
      {
        kind: 'keyless',
        identityToken: 't',
        fulcioUrl: 'https://ca.test',
        rekorUrl: 'none',
        tsaUrl: 'https://time.test',
      },
    ],
  ])('%j', (environment, expected) => {
    expect(read(environment).signing).toMatchObject(expected);
  });

  it('cannot be with a key that is not given, nor in a way that there is not', () => {
    expect(configurationFaults(sources({ SIGNING: 'key' }))).toMatchObject([{ where: 'PRIVATE_IMAGE_SIGNING' }]);
    const faults = configurationFaults(
      sources({ SIGNING: 'pgp', FULCIO_URL: 'file:///x', REKOR_URL: 'here', RETENTION: '-1' }),
    );
    expect(faults.map(({ name }) => name).sort()).toEqual(['fulcioUrl', 'rekorUrl', 'retention', 'signing']);
  });

  it('keeps so many old digests as it is told, else all', () => {
    expect(read({ RETENTION: '0' }).retention).toBe(0);
    expect(read({}).retention).toBeUndefined();
    expect(
      isPrivateImageError(
        attempt(() => read({ RETENTION: '1.5' })),
        'configuration/invalid',
      ),
    ).toBe(true);
  });
});

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
