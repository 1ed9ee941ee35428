import { gzipSync } from 'node:zlib';
import { makeTar } from '../../testing/tar-maker.js';
import type { TarPart } from '../../testing/tar-maker.js';

/** An ar archive of `members`, in their order. */
export function makeAr(members: readonly (readonly [name: string, content: Uint8Array | string])[]): Buffer {
  const parts = members.flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`;
    return [
      Buffer.from(`${header}${String(bytes.length).padEnd(10)}\`\n`),
      bytes,
      Buffer.from('\n'.repeat(bytes.length % 2)),
    ];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

/**
 * A `.deb` with gzipped members: its control fields, its files, and whatever else its control archive has. `data` is the
 * member that stands for the files where it is given: its name, and its bytes as they are.
 */
export function makeDeb(
  control: Readonly<Record<string, string>>,
  files: readonly TarPart[],
  controlFiles: Readonly<Record<string, string>> = {},
  data: readonly [name: string, content: Uint8Array] = [
    'data.tar.gz',
    gzipSync(makeTar([{ name: './', type: '5', mode: 0o755 }, ...files])),
  ],
): Buffer {
  const text = Object.entries(control)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('');
  const parts = Object.entries({ control: text, ...controlFiles }).map(([name, content]) => ({
    name: `./${name}`,
    content,
  }));
  return makeAr([
    ['debian-binary', '2.0\n'],
    ['control.tar.gz', gzipSync(makeTar([{ name: './', type: '5', mode: 0o755 }, ...parts]))],
    data,
  ]);
}
