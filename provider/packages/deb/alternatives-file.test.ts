import { describe, expect, it } from 'vitest';
import { alternativesFile } from './alternatives-file.js';

describe('a file of update-alternatives', () => {
  it('has link, slaves and choices in order, an empty line for a slave that a choice lacks', () => {
    expect(
      alternativesFile({
        link: '/usr/bin/awk',
        slaveLinks: { nawk: '/usr/bin/nawk', 'awk.1.gz': '/usr/share/man/man1/awk.1.gz' },
        choices: [
          { target: '/usr/bin/mawk', priority: 5, slaves: { nawk: '/usr/bin/mawk' } },
          { target: '/usr/bin/gawk', priority: 10, slaves: { 'awk.1.gz': '/usr/share/man/man1/gawk.1.gz' } },
        ],
      }),
    ).toBe(
      [
        'auto',
        '/usr/bin/awk',
        'awk.1.gz',
        '/usr/share/man/man1/awk.1.gz',
        'nawk',
        '/usr/bin/nawk',
        '',
        '/usr/bin/gawk',
        '10',
        '/usr/share/man/man1/gawk.1.gz',
        '',
        '/usr/bin/mawk',
        '5',
        '',
        '/usr/bin/mawk',
        '',
        '',
      ].join('\n'),
    );
  });
});
