import { describe, expect, it } from 'vitest';
import type { ArchiveEntry, EntryHeader } from '../packages/archive.js';
import { drainBytes } from '../packages/apk/byte-stream.js';
import { packageLayout } from './package-layout.js';
import type { SegmentSettings } from './segment.js';
import { emptyBody } from './tar-stream.js';

const settings: SegmentSettings = { exclude: [], directoryLinks: {}, setuid: [], dropped: [], alone: false };

/** The paths of a package with these entries. */
async function laidOut(
  entries: readonly (Partial<EntryHeader> & { readonly path: string })[],
  changes: Partial<SegmentSettings> = {},
): Promise<readonly string[]> {
  async function* source(): AsyncGenerator<ArchiveEntry> {
    for (const entry of entries) {
      yield { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 1, size: 0, ...entry, body: emptyBody() };
    }
  }
  const layout = packageLayout('package evil 1', { ...settings, ...changes }, new Set());
  for await (const { body } of layout.entries(source())) await drainBytes(body);
  return layout.files().map(({ path }) => path);
}

const file = { path: 'usr/bin/su' };
const link = { path: 'usr/bin/sudo', type: 'hardlink', linkTarget: 'usr/bin/su' } as const;

describe('packageLayout', () => {
  it.each(['trusted.overlay.opaque', 'trusted.overlay.redirect', 'user.overlay.whiteout'])(
    'refuses the attribute %s, of files and of folders',
    async (name) => {
      const xattrs = new Map([[name, Buffer.from('y')]]);
      for (const type of ['file', 'directory'] as const) {
        await expect(laidOut([{ path: 'srv/x', type, xattrs }])).rejects.toMatchObject({
          code: 'image/unsafe-path',
          data: { path: 'srv/x', package: 'package evil 1', attribute: name },
        });
      }
    },
  );

  it('takes other attributes', async () => {
    const xattrs = new Map([['security.capability', Buffer.from([1])]]);
    expect(await laidOut([{ path: 'ping', xattrs }])).toEqual(['ping']);
  });

  it.each([0o4755, 0o2755])('refuses special bits of mode %o that a hard link would give its file', async (mode) => {
    const entries = [file, { ...link, mode }];
    await expect(laidOut(entries)).rejects.toMatchObject({ code: 'image/special-file', data: { path: link.path } });
    expect(await laidOut(entries, { setuid: ['usr/bin/sudo'] })).toContain(link.path);
  });
});
