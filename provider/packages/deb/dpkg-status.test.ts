import { describe, expect, it } from 'vitest';
import { dpkgStanza } from './dpkg-status.js';
import type { InstalledRecord } from './installed-record.js';

function stanza(control: string, conffiles: InstalledRecord['conffiles'] = {}): readonly string[] {
  return dpkgStanza({ control, files: {}, paths: [], conffiles }).trimEnd().split('\n');
}

describe('a stanza of the status file', () => {
  it("has the fields in dpkg's order and what it does not know behind, as they come", () => {
    const control =
      'Homepage: h\nDescription: short \n long\n .\n end\nDepends: b,c\nVersion: 1\nArchitecture: amd64\nX-Own: x\nEssential: yes\nPackage: a\n';
    expect(stanza(control, { '/etc/a': 'd41d8cd98f00b204e9800998ecf8427e' })).toEqual([
      'Package: a',
      'Essential: yes',
      'Status: install ok installed',
      'Architecture: amd64',
      'Version: 1',
      'Depends: b, c',
      'Conffiles:',
      ' /etc/a d41d8cd98f00b204e9800998ecf8427e',
      'Description: short ',
      ' long',
      ' .',
      ' end',
      'Homepage: h',
      'X-Own: x',
    ]);
  });

  it.each([
    ['Depends: a|b ,\n  c (>= 1)', 'Depends: a | b, c (>= 1)'],
    ['Pre-Depends:a:any (>= 1:2~)', 'Pre-Depends: a:any (>= 1:2~)'],
    ['breaks: x (<<2)', 'Breaks: x (<< 2)'],
  ])('has the relations of %j in the spelling of dpkg', (field, expected) => {
    expect(stanza(`Package: a\nVersion: 1\nArchitecture: all\n${field}\n`)).toContain(expected);
  });

  it('says nothing of a state that a control file claims, and leaves empty fields out', () => {
    const lines = stanza(
      'Package: a\nStatus: deinstall ok config-files\nConffiles:\n /etc/x 1\nDepends:\nVersion: 1\n',
    );
    expect(lines).toEqual(['Package: a', 'Status: install ok installed', 'Version: 1']);
  });
});
