import { createHash } from 'node:crypto';
import { cut, gzip } from '../../provider/packages/apk/testing/apk-maker.js';
import { makeDeb } from '../../provider/packages/deb/testing/deb-maker.js';
import { makeTar, type TarPart } from '../../provider/packages/testing/tar-maker.js';

/** The formats that packages come in. */
export const formats = ['deb', 'apk'] as const;

/** A format that packages come in. */
export type Format = (typeof formats)[number];

/** A package whose archive is made entry by entry, however wrong. */
export interface HostilePackage {
  readonly name: string;
  readonly parts: readonly TarPart[];
  /** Its data, where it is no tar of `parts`: compressed, as the archive has it. */
  readonly data?: Buffer;
  /** The name of a deb's member of data; `data.tar.gz` when not given. */
  readonly dataName?: string;
  /** Members in front of an apk's control section. */
  readonly head?: Buffer;
  /** Bytes that it says it takes when installed; 4096 when not given. */
  readonly installedSize?: number;
  /** Further fields of a deb's control file, as `Replaces`; lines of an apk's `.PKGINFO`, as `replaces`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What becomes of the whole archive. */
  readonly spoil?: (archive: Buffer) => Buffer;
}

/** The version of every hostile package of a format. */
export const versions = { deb: '1.0', apk: '1.0-r0' } as const;

/** The folders above `path` as entries, outermost first. */
export function foldersAbove(path: string): readonly TarPart[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => ({ name: `${parts.slice(0, index + 1).join('/')}/`, type: '5', mode: 0o755 }));
}

/** The tar of a package's data, as an honest packager ends it. */
function dataTar({ parts }: Pick<HostilePackage, 'parts'>): Buffer {
  return makeTar([{ name: './', type: '5', mode: 0o755 }, ...parts]);
}

/** The `.deb` of a package. */
export function hostileDeb(made: HostilePackage): Buffer {
  const { name, parts, data, dataName = 'data.tar.gz', installedSize = 4096, fields, spoil = same } = made;
  const control = {
    Package: name,
    Version: versions.deb,
    Architecture: 'amd64',
    Maintainer: 'Nobody <nobody@example.org>',
    'Installed-Size': String(Math.ceil(installedSize / 1024)),
    Description: 'made for a test',
    ...fields,
  };
  return spoil(makeDeb(control, parts, {}, [dataName, data ?? gzip(dataTar(made))]));
}

/** The members of an unsigned `.apk`: an index vouches for its control section, and that for its data. */
export function hostileApk(made: HostilePackage): { readonly bytes: Buffer; readonly control: Buffer } {
  const { name, parts, installedSize = 4096, fields = {}, head = Buffer.alloc(0), spoil = same } = made;
  const data = made.data ?? gzip(makeTar(parts));
  const info = [
    `pkgname = ${name}`,
    `pkgver = ${versions.apk}`,
    'arch = x86_64',
    `size = ${installedSize}`,
    `origin = ${name}`,
    'pkgdesc = made for a test',
    'license = MIT',
    ...Object.entries(fields).map(([key, value]) => `${key} = ${value}`),
    `datahash = ${createHash('sha256').update(data).digest('hex')}`,
    '',
  ].join('\n');
  const control = gzip(cut(makeTar([{ name: '.PKGINFO', content: info }])));
  return { bytes: spoil(Buffer.concat([head, control, data])), control };
}

function same(archive: Buffer): Buffer {
  return archive;
}
