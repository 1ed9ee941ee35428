import { describe, expect, it } from 'vitest';
import type { EntryHeader } from '../packages/archive.js';
import { packageLayout } from './package-layout.js';
import type { SegmentSettings } from './segment.js';

const settings: SegmentSettings = { exclude: [], directoryLinks: {}, setuid: [], dropped: [], alone: false };

/** The paths of a package with these entries. */
function laidOut(
  entries: readonly (Partial<EntryHeader> & { readonly path: string })[],
  changes: Partial<SegmentSettings> = {},
): readonly string[] {
  const headers = entries.map(
    (entry): EntryHeader => ({
      ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 1, size: 0 },
      ...entry,
    }),
  );
  const layout = packageLayout('package evil 1', { ...settings, ...changes }, new Set());
  expect([...layout.events(headers)].length).toBeLessThanOrEqual(headers.length);
  return layout.files().map(({ path }) => path);
}

const file = { path: 'usr/bin/su' };
const link = { path: 'usr/bin/sudo', type: 'hardlink', linkTarget: 'usr/bin/su' } as const;

describe('packageLayout', () => {
  it.each(['trusted.overlay.opaque', 'trusted.overlay.redirect', 'user.overlay.whiteout'])(
    'refuses the attribute %s, of files and of folders',
    (name) => {
      const xattrs = new Map([[name, Buffer.from('y')]]);
      for (const type of ['file', 'directory'] as const) {
        expect(() => laidOut([{ path: 'srv/x', type, xattrs }])).toThrow(
          expect.objectContaining({
            code: 'image/unsafe-path',
            data: { path: 'srv/x', package: 'package evil 1', attribute: name },
          }),
        );
      }
    },
  );

  it('takes other attributes', () => {
    const xattrs = new Map([['security.capability', Buffer.from([1])]]);
    expect(laidOut([{ path: 'ping', xattrs }])).toEqual(['ping']);
  });

  it.each([0o4755, 0o2755])('refuses special bits of mode %o that a hard link would give its file', (mode) => {
    const entries = [file, { ...link, mode }];
    expect(() => laidOut(entries)).toThrow(
      expect.objectContaining({ code: 'image/special-file', data: expect.objectContaining({ paths: [link.path] }) }),
    );
    expect(laidOut(entries, { setuid: ['usr/bin/sudo'] })).toContain(link.path);
  });

  it('names all that would have to be allowed', () => {
    const entries = ['usr/bin/su', 'usr/bin/mount', 'usr/bin/ls'].map((path) => ({
      path,
      mode: path.endsWith('ls') ? 0o755 : 0o4755,
    }));
    expect(() => laidOut(entries)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('programs /usr/bin/mount, /usr/bin/su'),
        hint: expect.stringContaining('--setuid /usr/bin/mount --setuid /usr/bin/su'),
      }),
    );
  });
});
