import { describe, expect, it } from 'vitest';
import { infoFiles, infoName } from './dpkg-info.js';
import type { InstalledRecord } from './installed-record.js';

function record(fields: string, files: Readonly<Record<string, string>> = {}): InstalledRecord {
  return {
    control: `Package: a\nVersion: 1\nArchitecture: amd64\n${fields}`,
    files: Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
    ),
    paths: ['/.', '/usr', '/usr/bin', '/usr/bin/a', '/usr/share/doc/a'],
    conffiles: {},
  };
}

describe('the files of a package in the database of dpkg', () => {
  it.each([
    ['', 'a'],
    ['Multi-Arch: same\n', 'a:amd64'],
    ['Multi-Arch: foreign\n', 'a'],
  ])('with %j have the name %s', (fields, expected) => {
    expect(infoName(record(fields))).toBe(expected);
  });

  it('are the list, the checksums, and the control files with what is run being a program', () => {
    const one = record('', {
      md5sums: '1  usr/bin/a\n2  usr/share/doc/a\n',
      postinst: '#!/bin/sh\n',
      conffiles: '/etc/a\n',
      control: 'never',
    });
    const files = infoFiles(one, (path) => !path.startsWith('/usr/share/doc'));
    expect(files.map(({ name, mode, content }) => [name, mode, content.toString()])).toEqual([
      ['a.conffiles', 0o644, '/etc/a\n'],
      ['a.list', 0o644, '/.\n/usr\n/usr/bin\n/usr/bin/a\n'],
      ['a.md5sums', 0o644, '1  usr/bin/a\n'],
      ['a.postinst', 0o755, '#!/bin/sh\n'],
    ]);
  });

  it('are exactly what the package has, byte by byte', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x0a]);
    const one = { ...record(''), files: { templates: bytes.toString('base64') } };
    expect(infoFiles(one, () => true).find(({ name }) => name === 'a.templates')?.content).toEqual(bytes);
  });
});
