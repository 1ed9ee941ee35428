import { describe, expect, it } from 'vitest';
import { inPieces } from '../testing/tar-maker.js';
import { controlOfDeb } from './deb-archive.js';
import { readStatus, statusStanza } from './status.js';
import { makeDeb } from './testing/deb-maker.js';

const fields = {
  Package: 't',
  Source: 'ts (2)',
  Version: '1:1-1',
  Architecture: 'amd64',
  Description: 'short\n long\n .\n end',
};

describe('statusStanza', () => {
  it('says that the package is installed, behind its name, and can be read back', async () => {
    const control = await controlOfDeb(inPieces(makeDeb(fields, [])), { subject: 't', installedSize: 0 });
    const stanza = statusStanza(control);
    expect(stanza).toBe(
      'Package: t\nStatus: install ok installed\nSource: ts (2)\nVersion: 1:1-1\nArchitecture: amd64\nDescription: short\n long\n .\n end\n',
    );
    expect(readStatus(stanza)).toMatchObject([{ name: 't', version: '1:1-1', architecture: 'amd64' }]);
    expect(readStatus(`${stanza}\n${stanza}`)).toHaveLength(2);
  });

  it('puts the name first, and does not repeat a status', async () => {
    const deb = makeDeb({ Version: '1', Status: 'deinstall ok config-files', Package: 't', Architecture: 'all' }, []);
    const control = await controlOfDeb(inPieces(deb), { subject: 't', installedSize: 0 });
    expect(statusStanza(control)).toBe('Package: t\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n');
  });
});

describe('readStatus', () => {
  it('leaves out what is not installed', () => {
    const text =
      'Package: a\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: b\nStatus: install ok installed\nVersion: 2\n';
    expect(readStatus(text).map(({ name }) => name)).toEqual(['b']);
  });
});
