import { describe, expect, it } from 'vitest';
import { below, isRegistrySetting, parseRegistryReference } from './reference.js';

describe('a reference', () => {
  it.each([
    ['registry.example.com/53/web', 'registry.example.com/53/web', 'https://registry.example.com'],
    ['oci://registry.example.com/team', 'registry.example.com/team', 'https://registry.example.com'],
    ['https://Registry.Example.com:5000/team/', 'registry.example.com:5000/team', 'https://registry.example.com:5000'],
    ['http://localhost:5000/a', 'localhost:5000/a', 'http://localhost:5000'],
    ['127.0.0.1:5000', '127.0.0.1:5000', 'https://127.0.0.1:5000'],
    ['[::1]:5000/a', '[::1]:5000/a', 'https://[::1]:5000'],
    ['docker.io/library/debian', 'docker.io/library/debian', 'https://registry-1.docker.io'],
    ['index.docker.io/me/app', 'docker.io/me/app', 'https://registry-1.docker.io'],
    ['ghcr.io/me/a__b/c-d.e', 'ghcr.io/me/a__b/c-d.e', 'https://ghcr.io'],
  ])('%s', (text, name, origin) => {
    expect(parseRegistryReference(text)).toMatchObject({ text: name, origin });
  });

  it('speaks plain HTTP when told so, unless it says otherwise', () => {
    expect(parseRegistryReference('a.example/b', true).origin).toBe('http://a.example');
    expect(parseRegistryReference('https://a.example/b', true).origin).toBe('https://a.example');
  });

  it.each([
    '',
    'https://',
    'a.example/Upper',
    'a.example/../b',
    'a.example/a//b',
    'a.example/a%2fb',
    'a.example/a b',
    'a.example:port/b',
    'ftp://a.example/b',
    `a.example/${'a'.repeat(256)}`,
    'a.example/b?c',
  ])('%j is none', (text) => {
    expect(() => parseRegistryReference(text)).toThrow(expect.objectContaining({ code: 'registry/bad-reference' }));
  });

  it('with a password in it is refused without repeating it', () => {
    expect(() => parseRegistryReference('https://me:secret@a.example/b')).toThrow(/^(?!.*secret).*$/u);
  });

  it('has repositories below it', () => {
    const place = parseRegistryReference('a.example/team');
    expect(below(place, '53/web')).toMatchObject({ text: 'a.example/team/53/web', path: 'team/53/web' });
    for (const name of ['../x', '', '/', 'A']) {
      if (name !== '')
        expect(() => below(place, name)).toThrow(expect.objectContaining({ code: 'registry/bad-reference' }));
    }
  });
});

describe('a setting', () => {
  it.each([
    ['registry.example.com/team', true],
    ['ghcr.io', true],
    ['localhost/team', true],
    ['localhost:5000', true],
    ['host:5000/x', true],
    ['127.0.0.1/x', true],
    ['[::1]:5000/x', true],
    ['oci://host/x', true],
    ['http://host/x', true],
    ['.private-image/registry', false],
    ['./registry.example.com', false],
    ['/var/lib/registry', false],
    ['~/registry', false],
    ['file:///var/registry', false],
    ['images', false],
    ['images/team', false],
    ['C:\\images', false],
    ['C:/images', false],
    ['..', false],
  ])('%s names a registry: %s', (setting, expected) => {
    expect(isRegistrySetting(setting)).toBe(expected);
  });
});
