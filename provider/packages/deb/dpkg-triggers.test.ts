import { describe, expect, it } from 'vitest';
import { triggerFiles } from './dpkg-triggers.js';

describe('triggers', () => {
  it('on paths are in one file, others in files of their own, and who activates is in none', () => {
    expect(
      triggerFiles([
        ['libc-bin', '# why\ninterest-await ldconfig\n'],
        ['debianutils', 'interest-noawait /usr/share/debianutils/shells.d\n'],
        ['man-db', 'interest /usr/share/man\n\tinterest-noawait ldconfig # too\n'],
        ['libz1:amd64', 'activate-noawait ldconfig\n'],
      ]),
    ).toEqual([
      { name: 'File', content: '/usr/share/debianutils/shells.d debianutils/noawait\n/usr/share/man man-db\n' },
      { name: 'Unincorp', content: '' },
      { name: 'ldconfig', content: 'libc-bin\nman-db/noawait\n' },
    ]);
  });

  it.each(['interest ../../etc/passwd', 'interest File', 'interest a/../../b', 'interest', 'interest-ever x', ''])(
    'that are none, as %j, are left out',
    (text) => {
      expect(triggerFiles([['a', text]]).map(({ name }) => name)).toEqual(['File', 'Unincorp']);
    },
  );
});
