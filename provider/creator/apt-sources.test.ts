import { describe, expect, it } from 'vitest';
import type { Pocket, Suite } from '../catalog/distribution.js';
import { aptSources } from './apt-sources.js';

function pocket(suite: string, mirror: string): Pocket {
  return {
    name: suite,
    suite,
    mirror,
    components: ['main', 'contrib'],
    keyring: ['-----BEGIN\n\nabc\n-----END\n'],
    keys: [],
  };
}

const suite: Suite = {
  name: 'trixie',
  version: '13',
  released: '2025-08-09',
  endOfSupport: undefined,
  endOfLife: undefined,
  pockets: [
    pocket('trixie', 'debian'),
    pocket('trixie-updates', 'debian'),
    pocket('trixie-security', 'debian-security'),
  ],
};

describe('aptSources', () => {
  it('has one stanza a mirror, all on public hosts', () => {
    expect(aptSources(suite, '/usr/share/keyrings/debian-archive-keyring.gpg')).toBe(`Types: deb
URIs: http://ftp.debian.org/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.debian.org/debian-security
Suites: trixie-security
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`);
  });

  it('tells the keys themselves where no package brings them, each once', () => {
    const one = { ...suite, pockets: suite.pockets.slice(0, 2) };
    expect(aptSources(one, undefined)).toContain('\nSigned-By:\n -----BEGIN\n .\n abc\n -----END\n');
    expect(aptSources(one, undefined).match(/BEGIN/gu)).toHaveLength(1);
  });
});
