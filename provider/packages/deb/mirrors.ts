import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { archiveEntriesOf } from './apt-sources.js';
import type { AptEntry, AptFiles } from './apt-sources.js';

/** Where the Debian archives are read from. */
export interface DebianMirrors {
  /** The archive of releases and updates, without a slash at the end. */
  readonly debian: string;
  /** The archive of security updates. */
  readonly debianSecurity: string;
  /** False when the machine's apt does not look at `Valid-Until` either, as with a snapshot; worth a warning. */
  readonly checkValidUntil: boolean;
  /** Who says so, for a person: `configuration`, the variable, `apt sources`, `default`. */
  readonly from: { readonly debian: string; readonly debianSecurity: string };
}

/** What the mirrors are looked up in. */
export interface MirrorSources {
  readonly configured?: { readonly debian?: string | undefined; readonly debianSecurity?: string | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the machine's apt configuration; `/etc/apt` when not given. */
  readonly files?: AptFiles;
}

/** Debian's public hosts. */
export const publicMirrors = {
  debian: 'http://ftp.debian.org/debian',
  debianSecurity: 'http://security.debian.org/debian-security',
};

/**
 * Finds the Debian mirrors: configuration, then `PRIVATE_IMAGE_DEBIAN_MIRROR` and `PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR`, then the
 * machine's apt sources, then Debian's public hosts; each of the two on its own.
 */
export async function findDebianMirrors(sources: MirrorSources): Promise<DebianMirrors> {
  const files = sources.files ?? aptFilesIn('/etc/apt');
  const entries = await archiveEntriesOf(files);
  const debian = choose([
    ['configuration', sources.configured?.debian],
    ['PRIVATE_IMAGE_DEBIAN_MIRROR', sources.environment['PRIVATE_IMAGE_DEBIAN_MIRROR']],
    ['apt sources', entries.release?.url],
  ]);
  const debianSecurity = choose([
    ['configuration', sources.configured?.debianSecurity],
    ['PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR', sources.environment['PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR']],
    ['apt sources', entries.security?.url],
  ]);
  const used = [
    ...(debian?.from === 'apt sources' ? [entries.release] : []),
    ...(debianSecurity?.from === 'apt sources' ? [entries.security] : []),
  ];
  return {
    debian: debian?.url ?? publicMirrors.debian,
    debianSecurity: debianSecurity?.url ?? publicMirrors.debianSecurity,
    checkValidUntil: used.every((entry: AptEntry | undefined) => entry?.checkValidUntil !== false),
    from: { debian: debian?.from ?? 'default', debianSecurity: debianSecurity?.from ?? 'default' },
  };
}

/** The apt configuration in `folder`. */
export function aptFilesIn(folder: string): AptFiles {
  return {
    list: (name) =>
      readdir(path.join(folder, name)).then(
        (names) => names.sort(),
        () => [],
      ),
    read: (name) => readFile(path.join(folder, name), 'utf8').catch(() => ''),
  };
}

function choose(
  candidates: readonly (readonly [from: string, url: string | undefined])[],
): { from: string; url: string } | undefined {
  for (const [from, url] of candidates) {
    if (url !== undefined && url.trim() !== '') return { from, url: url.trim().replace(/\/+$/, '') };
  }
  return undefined;
}
