import type { ArchiveEntry, EntryHeader } from '../../packages/archive.js';
import { bodyOf, tarOf } from '../tar-stream.js';
import { endOfArchive } from '../tar-writer.js';

/** A file, folder or link of a package that is made for a test; what is not said is root's, with usual modes. */
export type MadeEntry = Partial<EntryHeader> & { readonly path: string; readonly content?: string | Buffer };

/** What a made package says of itself. */
export interface MadeDeb {
  readonly name: string;
  readonly version?: string;
  /** More control fields, as `Replaces`. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly entries: readonly MadeEntry[];
  /** More files of the control archive, as `postinst`. */
  readonly control?: Readonly<Record<string, string>>;
}

const made = 1_700_000_000;

/** A `.deb` of format 2 with plain tars in it. */
export async function makeDeb({
  name,
  version = '1',
  fields = {},
  entries,
  control: files = {},
}: MadeDeb): Promise<Buffer> {
  const all = {
    Package: name,
    Version: version,
    Architecture: 'amd64',
    Maintainer: 'Nobody',
    Description: 'made for a test',
    ...fields,
  };
  const control = Object.entries(all)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    member('debian-binary', Buffer.from('2.0\n')),
    member(
      'control.tar',
      await makeTar([
        { path: 'control', content: control },
        ...Object.entries({ md5sums: '', ...files }).map(([path, content]) => ({ path, content })),
      ]),
    ),
    member('data.tar', await makeTar(entries)),
  ]);
}

/** A whole tar. */
async function makeTar(entries: readonly MadeEntry[]): Promise<Buffer> {
  async function* source(): AsyncGenerator<ArchiveEntry> {
    for (const { content = '', ...entry } of entries) {
      const type = entry.type ?? 'file';
      const mode = type === 'directory' ? 0o755 : type === 'symlink' ? 0o777 : 0o644;
      const bytes = Buffer.from(content);
      yield { type, mode, uid: 0, gid: 0, mtime: made, size: bytes.length, ...entry, body: bodyOf(bytes) };
    }
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarOf(source())) chunks.push(Buffer.from(chunk));
  return Buffer.concat([...chunks, endOfArchive]);
}

function member(name: string, content: Buffer): Buffer {
  const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`;
  return Buffer.concat([Buffer.from(header), content, Buffer.from(content.length % 2 === 0 ? '' : '\n')]);
}
