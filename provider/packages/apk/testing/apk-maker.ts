import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { crc32, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { checksumText } from '../apk-package.js';
import { apkKey } from '../keyring.js';
import type { ApkKey } from '../keyring.js';

/** The header of a tar entry, as far as it is not the usual. */
export type MadeHeader = Partial<Header> & { readonly name: string };

/** A private key with the public one as clients trust it. */
export interface SigningKey {
  readonly public: ApkKey;
  readonly privatePem: string;
}

/** How an archive is signed: `RSA` is SHA-1, as Alpine signs; `RSA256` is SHA-256, as builders sign today. */
export type SigningAlgorithm = 'RSA' | 'RSA256' | 'RSA512';

/** How gzip members are made: compressed, or as they are in stored blocks, the same bytes on every machine. */
export type Compression = 'deflate' | 'stored';

/** A file, folder or link of a made package; text is the content of a file. */
export type MadeFile =
  | string
  | Buffer
  | {
      readonly content: string | Buffer;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
      readonly pax?: Readonly<Record<string, string>>;
    }
  | { readonly symlink: string }
  | { readonly hardlink: string }
  | {
      readonly directory: true;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
      readonly pax?: Readonly<Record<string, string>>;
    };

/** A package to be made. */
export interface MadePackage {
  readonly name: string;
  /** `1.0.0-r0` when not given. */
  readonly version?: string;
  /** `x86_64` when not given. */
  readonly architecture?: string;
  readonly description?: string;
  readonly origin?: string;
  readonly license?: string;
  readonly depends?: readonly string[];
  readonly provides?: readonly string[];
  readonly installIf?: readonly string[];
  readonly replaces?: readonly string[];
  readonly replacesPriority?: number;
  readonly providerPriority?: number;
  readonly triggers?: readonly string[];
  /** Seconds since the epoch. */
  readonly buildTime?: number;
  /** By path without a leading slash; parents that are not named are made. */
  readonly files?: Readonly<Record<string, MadeFile>>;
  /** By name, as `post-install`. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A made archive with what an index says of it. */
export interface MadeArchive {
  readonly bytes: Buffer;
  /** Lowercase hex. */
  readonly controlSha1: string;
  /** The gzip members, to be put together in other ways. */
  readonly members: { readonly signature: Buffer; readonly control: Buffer; readonly data: Buffer };
  /** The package's stanza of `APKINDEX`, without the empty line. */
  readonly stanza: string;
  /** `name-version.apk`. */
  readonly fileName: string;
}

/** A new key. RSA of 2048 bits takes some 100 ms to find: share it within a test file. */
export function makeSigningKey(name = 'test.rsa.pub'): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { public: apkKey(name, publicKey), privatePem: privateKey };
}

/** Bytes of the largest stored block of deflate. */
const largestBlock = 0xffff;

/** Makes a package, signed with `key` where one is given. */
export async function makeApk(
  spec: MadePackage,
  key?: SigningKey,
  algorithm: SigningAlgorithm = 'RSA256',
  compression: Compression = 'deflate',
): Promise<MadeArchive> {
  const version = spec.version ?? '1.0.0-r0';
  const compressed = compression === 'stored' ? storedGzip : gzip;
  const data = compressed(await makeTar(dataEntries(spec)));
  const control = compressed(cut(await makeTar(controlEntries(spec, createHash('sha256').update(data).digest('hex')))));
  const signature = key === undefined ? Buffer.alloc(0) : await makeSignature(control, key, algorithm, compression);
  const bytes = Buffer.concat([signature, control, data]);
  const controlSha1 = createHash('sha1').update(control).digest('hex');
  return {
    bytes,
    controlSha1,
    members: { signature, control, data },
    stanza: stanzaOf(spec, bytes.length, controlSha1),
    fileName: `${spec.name}-${version}.apk`,
  };
}

/** Makes an `APKINDEX.tar.gz`, signed with `key` where one is given. `madeAt` is in seconds since the epoch. */
export async function makeIndex(
  stanzas: readonly string[],
  options: {
    readonly key?: SigningKey;
    readonly algorithm?: SigningAlgorithm;
    readonly madeAt?: number;
    readonly description?: string;
  } = {},
): Promise<Buffer> {
  const mtime = new Date((options.madeAt ?? 0) * 1000);
  const content = gzip(
    await makeTar([
      [{ name: 'DESCRIPTION', mtime }, options.description ?? 'test'],
      [{ name: 'APKINDEX', mtime }, stanzas.map((stanza) => `${stanza}\n\n`).join('')],
    ]),
  );
  if (options.key === undefined) return content;
  return Buffer.concat([await makeSignature(content, options.key, options.algorithm ?? 'RSA256'), content]);
}

/** The member that signs `signed`: a tar of one signature, cut before its end, in gzip. */
export async function makeSignature(
  signed: Buffer,
  key: SigningKey,
  algorithm: SigningAlgorithm,
  compression: Compression = 'deflate',
): Promise<Buffer> {
  const hash = { RSA: 'RSA-SHA1', RSA256: 'RSA-SHA256', RSA512: 'RSA-SHA512' }[algorithm];
  const signature = createSign(hash).update(signed).sign(key.privatePem);
  const tar = cut(await makeTar([[{ name: `.SIGN.${algorithm}.${key.public.name}` }, signature]]));
  return compression === 'stored' ? storedGzip(tar) : gzip(tar);
}

/** A tar of entries in their order. */
export async function makeTar(entries: readonly (readonly [MadeHeader, string | Buffer])[]): Promise<Buffer> {
  const archive = pack();
  for (const [header, content] of entries) archive.entry({ mtime: new Date(0), uid: 0, gid: 0, ...header }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** One gzip member. */
export function gzip(content: Buffer): Buffer {
  return gzipSync(content, { level: 9 });
}

/** One gzip member whose content is not compressed (RFC 1951, 3.2.4). */
function storedGzip(content: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < content.length; at += largestBlock) {
    const block = content.subarray(at, at + largestBlock);
    const head = Buffer.alloc(5);
    head.writeUInt8(at + largestBlock >= content.length ? 1 : 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    blocks.push(head, block);
  }
  const end = Buffer.alloc(8);
  end.writeUInt32LE(crc32(content));
  end.writeUInt32LE(content.length, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), ...blocks, end]);
}

/** A tar without the two blocks that end it, so that what follows continues it. */
export function cut(tar: Buffer): Buffer {
  return tar.subarray(0, tar.length - 1024);
}

function controlEntries(spec: MadePackage, dataHash: string): readonly (readonly [MadeHeader, string])[] {
  const scripts = Object.entries(spec.scripts ?? {}).map(([name, script]): [MadeHeader, string] => [
    { name: `.${name}`, mode: 0o755 },
    script,
  ]);
  return [[{ name: '.PKGINFO', mode: 0o644 }, packageInfo(spec, dataHash)], ...scripts];
}

function packageInfo(spec: MadePackage, dataHash: string): string {
  const many = (key: string, values: readonly string[] | undefined): readonly string[] =>
    (values ?? []).map((value) => `${key} = ${value}`);
  return [
    '# made for a test',
    `pkgname = ${spec.name}`,
    `pkgver = ${spec.version ?? '1.0.0-r0'}`,
    `arch = ${spec.architecture ?? 'x86_64'}`,
    `size = ${installedSizeOf(spec)}`,
    `origin = ${spec.origin ?? spec.name}`,
    `pkgdesc = ${spec.description ?? spec.name}`,
    `builddate = ${spec.buildTime ?? 0}`,
    `license = ${spec.license ?? 'MIT'}`,
    ...many('depend', spec.depends),
    ...many('provides', spec.provides),
    ...many('replaces', spec.replaces),
    ...many('install_if', spec.installIf === undefined ? undefined : [spec.installIf.join(' ')]),
    ...many('triggers', spec.triggers === undefined ? undefined : [spec.triggers.join(' ')]),
    ...(spec.replacesPriority === undefined ? [] : [`replaces_priority = ${spec.replacesPriority}`]),
    ...(spec.providerPriority === undefined ? [] : [`provider_priority = ${spec.providerPriority}`]),
    `datahash = ${dataHash}`,
    '',
  ].join('\n');
}

function stanzaOf(spec: MadePackage, size: number, controlSha1: string): string {
  const list = (field: string, values: readonly string[] | undefined): readonly string[] =>
    values === undefined || values.length === 0 ? [] : [`${field}:${values.join(' ')}`];
  return [
    `C:${checksumText(controlSha1)}`,
    `P:${spec.name}`,
    `V:${spec.version ?? '1.0.0-r0'}`,
    `A:${spec.architecture ?? 'x86_64'}`,
    `S:${size}`,
    `I:${installedSizeOf(spec)}`,
    `T:${spec.description ?? spec.name}`,
    'U:',
    `L:${spec.license ?? 'MIT'}`,
    `o:${spec.origin ?? spec.name}`,
    `t:${spec.buildTime ?? 0}`,
    ...list('D', spec.depends),
    ...list('p', spec.provides),
    ...list('i', spec.installIf),
    ...list('r', spec.replaces),
    ...(spec.replacesPriority === undefined ? [] : [`q:${spec.replacesPriority}`]),
    ...(spec.providerPriority === undefined ? [] : [`k:${spec.providerPriority}`]),
  ].join('\n');
}

/** The entries of the data section: parents first, every file and symlink with the checksum that abuild-tar adds. */
function dataEntries(spec: MadePackage): readonly (readonly [MadeHeader, string | Buffer])[] {
  const files = spec.files ?? {};
  const parents = new Set<string>();
  for (const path of Object.keys(files)) {
    const parts = path.split('/').slice(0, -1);
    for (const [index] of parts.entries()) parents.add(parts.slice(0, index + 1).join('/'));
  }
  const folders = [...parents]
    .filter((path) => files[path] === undefined)
    .map((path): [string, MadeFile] => [path, { directory: true }]);
  const all = [...folders, ...Object.entries(files)].sort(([one], [other]) => (one < other ? -1 : 1));
  return all.map(([path, file]) => dataEntry(path, file));
}

function dataEntry(path: string, file: MadeFile): readonly [MadeHeader, string | Buffer] {
  if (typeof file === 'string' || Buffer.isBuffer(file)) return dataEntry(path, { content: file });
  if ('symlink' in file) {
    return [
      { name: path, type: 'symlink', mode: 0o777, linkname: file.symlink, pax: checksumRecord(file.symlink) },
      '',
    ];
  }
  if ('hardlink' in file) return [{ name: path, type: 'link', mode: 0o644, linkname: file.hardlink }, ''];
  const { mode, uid = 0, gid = 0 } = file;
  if ('directory' in file) {
    const header: MadeHeader = { name: `${path}/`, type: 'directory', mode: mode ?? 0o755, uid, gid };
    return [file.pax === undefined ? header : { ...header, pax: { ...file.pax } }, ''];
  }
  const pax = { ...checksumRecord(file.content), ...file.pax };
  return [{ name: path, type: 'file', mode: mode ?? 0o644, uid, gid, pax }, file.content];
}

function checksumRecord(content: string | Buffer): Record<string, string> {
  return { 'APK-TOOLS.checksum.SHA1': createHash('sha1').update(content).digest('hex') };
}

function installedSizeOf(spec: MadePackage): number {
  return Object.values(spec.files ?? {}).reduce((sum: number, file) => {
    const content = typeof file === 'string' || Buffer.isBuffer(file) ? file : 'content' in file ? file.content : '';
    return sum + Buffer.byteLength(content);
  }, 0);
}
