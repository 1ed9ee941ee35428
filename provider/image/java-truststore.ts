import { createHash, timingSafeEqual } from 'node:crypto';
import { imageError } from './image-error.js';

/** A certificate by the name that a key store has it under. */
export interface TruststoreEntry {
  readonly alias: string;
  /** DER. */
  readonly certificate: Buffer;
}

const magic = 0xfeedfeed;
/** The version that has been written since 1998. */
const version = 2;
const tags = { privateKey: 1, certificate: 2 };
const digestSize = 20;
/** The password of every `cacerts`, in the form that the digest takes it, with what Sun put behind it. */
const salt = Buffer.concat([Buffer.from('changeit', 'utf16le').swap16(), Buffer.from('Mighty Aphrodite')]);

interface Reader {
  uint(): number;
  take(length: number): Buffer;
  text(): Buffer;
  offset(): number;
}

/**
 * A Java key store (JKS) with `entries` added to what is in `store`, or alone; an entry of the same alias is replaced. Aliases are in
 * order, as text. `created` is in seconds since the epoch, `name` the store's path for errors. Throws `image/bad-certificate` for what is no such store, or is damaged.
 */
export function addToTruststore(
  store: Buffer | undefined,
  entries: readonly TruststoreEntry[],
  created: number,
  name: string,
): Buffer {
  const known = store === undefined ? new Map<string, Buffer>() : readEntries(store, name);
  for (const { alias, certificate } of entries) {
    const key = alias.toLowerCase();
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(created) * 1000n);
    const type = sized('X.509');
    known.set(
      key,
      Buffer.concat([uint(tags.certificate), sized(key), time, type, uint(certificate.length), certificate]),
    );
  }
  const aliases = [...known.keys()].sort();
  const bodies = aliases.map((alias) => known.get(alias) ?? Buffer.alloc(0));
  const content = Buffer.concat([uint(magic), uint(version), uint(known.size), ...bodies]);
  return Buffer.concat([content, digestOfStore(content)]);
}

/** The entries as their bytes, by alias. */
function readEntries(store: Buffer, name: string): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  const end = store.length - digestSize;
  if (end < 12 || !timingSafeEqual(digestOfStore(store.subarray(0, end)), store.subarray(end))) throw unreadable(name);
  const reader = readerOf(store.subarray(0, end), name);
  if (reader.uint() !== magic || reader.uint() !== version) throw unreadable(name);
  for (let left = reader.uint(); left > 0; left -= 1) {
    const begin = reader.offset();
    const tag = reader.uint();
    const alias = reader.text().toString('utf8');
    reader.take(8);
    if (tag === tags.privateKey) reader.take(reader.uint());
    else if (tag !== tags.certificate) throw unreadable(name);
    for (let chain = tag === tags.privateKey ? reader.uint() : 1; chain > 0; chain -= 1) {
      reader.text();
      reader.take(reader.uint());
    }
    entries.set(alias, store.subarray(begin, reader.offset()));
  }
  return entries;
}

function readerOf(bytes: Buffer, name: string): Reader {
  let offset = 0;
  function take(length: number): Buffer {
    if (offset + length > bytes.length) throw unreadable(name);
    offset += length;
    return bytes.subarray(offset - length, offset);
  }
  return {
    uint: () => take(4).readUInt32BE(0),
    take,
    text: () => take(take(2).readUInt16BE(0)),
    offset: () => offset,
  };
}

function digestOfStore(content: Buffer): Buffer {
  return createHash('sha1').update(salt).update(content).digest();
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function unreadable(name: string): Error {
  return imageError('image/bad-certificate', `/${name} is no Java key store of the form JKS with the usual password`, {
    hint: 'Leave the package out that brings it, or the certificates.',
    data: { path: name },
  });
}
