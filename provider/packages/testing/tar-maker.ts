/** An entry of a tar that a test makes; whatever is not given is harmless. */
export interface TarPart {
  readonly name: string;
  readonly type?: string;
  readonly content?: Uint8Array | string;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  /** PAX records that go before the entry. */
  readonly pax?: Readonly<Record<string, Uint8Array | string>>;
  /** Changes the header before its checksum is made. */
  readonly tamper?: (header: Buffer) => void;
}

/** A tar in ustar form with PAX, ended by two blocks of zeros. */
export function makeTar(parts: readonly TarPart[]): Buffer {
  return Buffer.concat([makeOpenTar(parts), Buffer.alloc(1024)]);
}

/** A tar without its end. */
export function makeOpenTar(parts: readonly TarPart[]): Buffer {
  return Buffer.concat(parts.flatMap(makeEntry));
}

/** One PAX record: its length counts itself. */
export function makePaxRecord(key: string, value: Uint8Array | string): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function makeEntry(part: TarPart): Buffer[] {
  const content = Buffer.from(part.content ?? '');
  const entry = [makeHeader(part, content.length), padded(content)];
  if (part.pax === undefined) return entry;
  const records = Buffer.concat(Object.entries(part.pax).map(([key, value]) => makePaxRecord(key, value)));
  return [makeHeader({ name: 'pax', type: 'x' }, records.length), padded(records), ...entry];
}

function makeHeader(part: TarPart, size: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, offset: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  };
  header.write(part.name, 0, 100);
  octal(part.mode ?? 0o644, 100, 8);
  octal(part.uid ?? 0, 108, 8);
  octal(part.gid ?? 0, 116, 8);
  octal(size, 124, 12);
  octal(part.mtime ?? 0, 136, 12);
  header.write(part.type ?? '0', 156, 'latin1');
  header.write(part.link ?? '', 157, 100);
  header.write('ustar\u000000', 257, 'latin1');
  part.tamper?.(header);
  header.fill(' ', 148, 156);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return header;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** `content` as a stream in pieces of `size` bytes. */
export async function* inPieces(content: Uint8Array, size = 777): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < content.length; offset += size) {
    yield await Promise.resolve(content.subarray(offset, offset + size));
  }
}
