// @ts-check
/** Makes package archives of Debian's: the same for another architecture, a next version of one, and all of it as apk. */
import { createHash, createSign } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { root } from '../setup/paths.mjs';

/**
 * @typedef {object} Entry
 * @property {Partial<import('tar-stream').Header> & { name: string }} header
 * @property {Buffer} content
 */

/**
 * @typedef {object} Unpacked
 * @property {string} control the stanza of its control file
 * @property {readonly Entry[]} entries
 */

/**
 * A `.deb` in memory.
 * @param {import('./corpus.mjs').CorpusPackage} one
 * @returns {Promise<Unpacked>}
 */
export async function unpackDeb(one) {
  /** @type {typeof import('../../provider/packages/deb/deb-archive.js')} */
  const { openDebArchive } = await import(join(root, 'dist/provider/packages/deb/deb-archive.js'));
  /** @type {typeof import('../../provider/packages/archive.js')} */
  const { entriesOf } = await import(join(root, 'dist/provider/packages/archive.js'));
  const { name, installedSize } = one.package;
  const archive = openDebArchive(createReadStream(one.file), { subject: name, installedSize });
  const { text } = await archive.control();
  /** @type {Entry[]} */
  const entries = [];
  for await (const { path, type, mode, mtime, linkTarget, body } of entriesOf(archive.events())) {
    /** @type {Uint8Array[]} */
    const chunks = [];
    for await (const chunk of body) chunks.push(chunk);
    const header = { mode: mode & 0o1777, mtime: new Date(mtime * 1000), uid: 0, gid: 0 };
    if (type === 'directory') entries.push({ header: { ...header, name: `${path}/`, type }, content: Buffer.alloc(0) });
    else if (type === 'file') entries.push({ header: { ...header, name: path, type }, content: Buffer.concat(chunks) });
    else if (type === 'symlink' || type === 'hardlink') {
      const of = /** @type {const} */ ({ symlink: 'symlink', hardlink: 'link' });
      const linkname = linkTarget ?? '';
      entries.push({ header: { ...header, name: path, type: of[type], linkname }, content: Buffer.alloc(0) });
    } else throw new Error(`${name} has the ${type} ${path}`);
  }

  return { control: text, entries };
}

/**
 * The next version of a package: its largest file ends in other bytes.
 * @param {Unpacked} package_
 * @returns {Unpacked}
 */
export function nextVersion({ control, entries }) {
  const [largest] = [...entries].sort((left, right) => right.content.length - left.content.length);
  return {
    control,
    entries: entries.map((entry) =>
      entry === largest ? { ...entry, content: Buffer.concat([entry.content, Buffer.from('next')]) } : entry,
    ),
  };
}

/**
 * A `.deb` with a control file of its own and the data of another.
 * @param {string} control
 * @param {string} file
 */
export async function relabelledDeb(control, file) {
  const { name, content } = dataMember(readFileSync(file));
  return debOf(control, name, content);
}

/**
 * @param {string} control
 * @param {string} dataName as `data.tar.gz`
 * @param {Buffer} data
 */
export async function debOf(control, dataName, data) {
  const controlTar = gzipSync(await tarOf([plain('control', control)]));
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...member('debian-binary', Buffer.from('2.0\n')),
    ...member('control.tar.gz', controlTar),
    ...member(dataName, data),
  ]);
}

/**
 * @param {string} name
 * @param {Buffer} content
 */
function member(name, content) {
  const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`;
  return [
    Buffer.from(`${header}${String(content.length).padEnd(10)}\`\n`),
    content,
    Buffer.alloc(content.length % 2, '\n'),
  ];
}

/** @param {Buffer} archive */
function dataMember(archive) {
  for (let offset = 8; offset < archive.length; ) {
    const name = archive.toString('latin1', offset, offset + 16).trim();
    const size = Number(archive.toString('latin1', offset + 48, offset + 58));
    const content = archive.subarray(offset + 60, offset + 60 + size);
    if (name.startsWith('data.tar')) return { name, content };
    offset += 60 + size + (size % 2);
  }
  throw new Error('a .deb without data');
}

/**
 * @typedef {object} ApkLabel
 * @property {string} name
 * @property {string} version
 * @property {string} architecture apk's name
 * @property {readonly string[]} depends
 */

/**
 * The data section of an apk: files with their checksums, compressed.
 * @param {readonly Entry[]} entries
 */
export async function apkData(entries) {
  return gzipSync(
    await tarOf(
      entries.map(({ header, content }) => {
        if (header.type !== 'file' && header.type !== 'symlink') return { header, content };
        const summed = header.type === 'file' ? content : (header.linkname ?? '');
        const checksum = createHash('sha1').update(summed).digest('hex');
        return { header: { ...header, pax: { 'APK-TOOLS.checksum.SHA1': checksum } }, content };
      }),
    ),
  );
}

/**
 * An apk with its stanza of the index.
 * @param {ApkLabel} label
 * @param {Buffer} data its data section
 * @param {number} size bytes when installed
 * @param {{ name: string, privateKey: string }} key
 */
export async function apkOf({ name, version, architecture, depends }, data, size, key) {
  const info = [
    `pkgname = ${name}`,
    `pkgver = ${version}`,
    `arch = ${architecture}`,
    `size = ${size}`,
    `origin = ${name}`,
    `pkgdesc = ${name}`,
    `builddate = 1700000000`,
    'license = MIT',
    ...depends.map((one) => `depend = ${one}`),
    `datahash = ${createHash('sha256').update(data).digest('hex')}`,
    '',
  ].join('\n');
  const control = gzipSync(withoutEnd(await tarOf([plain('.PKGINFO', info)])));
  const archive = Buffer.concat([await signatureOf(control, key), control, data]);
  const stanza = [
    `C:Q1${createHash('sha1').update(control).digest('base64')}`,
    ...[`P:${name}`, `V:${version}`, `A:${architecture}`, `S:${archive.length}`, `I:${size}`, `T:${name}`, 'L:MIT'],
    ...[`o:${name}`, 't:1700000000', ...(depends.length === 0 ? [] : [`D:${depends.join(' ')}`]), '', ''],
  ].join('\n');
  return { archive, stanza };
}

/**
 * A signed `APKINDEX.tar.gz`.
 * @param {string} stanzas
 * @param {{ name: string, privateKey: string }} key
 */
export async function apkIndex(stanzas, key) {
  const index = gzipSync(await tarOf([plain('DESCRIPTION', 'bench'), plain('APKINDEX', stanzas)]));
  return Buffer.concat([await signatureOf(index, key), index]);
}

/**
 * @param {Buffer} content
 * @param {{ name: string, privateKey: string }} key
 */
async function signatureOf(content, key) {
  const signature = createSign('RSA-SHA256').update(content).sign(key.privateKey);
  return gzipSync(withoutEnd(await tarOf([plain(`.SIGN.RSA256.${key.name}`, signature)])));
}

/** @param {Buffer} tar */
function withoutEnd(tar) {
  return tar.subarray(0, tar.length - 1024);
}

/**
 * @param {string} name
 * @param {string | Buffer} content
 * @returns {Entry}
 */
export function plain(name, content) {
  const header = { name, mode: 0o644, mtime: new Date(1_700_000_000_000), type: /** @type {const} */ ('file') };
  return { header, content: Buffer.from(content) };
}

/** @param {readonly Entry[]} entries */
export async function tarOf(entries) {
  const archive = pack();
  for (const { header, content } of entries) {
    if (header.type === 'file') archive.entry(header, content);
    else archive.entry(header);
  }
  archive.finalize();
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of archive) chunks.push(/** @type {Buffer} */ (chunk));
  return Buffer.concat(chunks);
}
