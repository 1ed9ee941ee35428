const programHeadersAt = 64;
const dynamicAt = 256;
const stringsAt = dynamicAt + 3 * 16;
const sectionHeaderSize = 64;
const machines = { amd64: 62, arm64: 183 };

/** The least that is a shared library, with or without a soname, by its segments and by its sections. */
export function sharedLibrary(soname: string | undefined, architecture: keyof typeof machines = 'amd64'): Buffer {
  const strings = Buffer.from(`\0${soname ?? ''}\0`);
  const sectionsAt = (stringsAt + strings.length + 7) & ~7;
  const file = Buffer.alloc(sectionsAt + 3 * sectionHeaderSize);
  file.write('\u007fELF\u0002\u0001\u0001', 0, 'latin1');
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(machines[architecture], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(programHeadersAt), 32);
  file.writeBigUInt64LE(BigInt(sectionsAt), 40);
  for (const [index, value] of [64, 56, 2, sectionHeaderSize, 3, 1].entries())
    file.writeUInt16LE(value, 52 + 2 * index);
  writeSectionHeader(file, sectionsAt + sectionHeaderSize, {
    type: 3,
    offset: stringsAt,
    size: strings.length,
    link: 0,
  });
  writeSectionHeader(file, sectionsAt + 2 * sectionHeaderSize, { type: 6, offset: dynamicAt, size: 3 * 16, link: 1 });
  writeProgramHeader(file, 0, { type: 1, offset: 0, size: file.length });
  writeProgramHeader(file, 1, { type: 2, offset: dynamicAt, size: 3 * 16 });
  file.writeBigUInt64LE(5n, dynamicAt);
  file.writeBigUInt64LE(BigInt(stringsAt), dynamicAt + 8);
  file.writeBigUInt64LE(soname === undefined ? 0n : 14n, dynamicAt + 16);
  file.writeBigUInt64LE(1n, dynamicAt + 24);
  strings.copy(file, stringsAt);
  return file;
}

function writeSectionHeader(
  file: Buffer,
  at: number,
  part: { readonly type: number; readonly offset: number; readonly size: number; readonly link: number },
): void {
  file.writeUInt32LE(part.type, at + 4);
  file.writeBigUInt64LE(BigInt(part.offset), at + 24);
  file.writeBigUInt64LE(BigInt(part.size), at + 32);
  file.writeUInt32LE(part.link, at + 40);
}

function writeProgramHeader(
  file: Buffer,
  index: number,
  { type, offset, size }: { readonly type: number; readonly offset: number; readonly size: number },
): void {
  const at = programHeadersAt + index * 56;
  file.writeUInt32LE(type, at);
  file.writeBigUInt64LE(BigInt(offset), at + 8);
  file.writeBigUInt64LE(BigInt(offset), at + 16);
  file.writeBigUInt64LE(BigInt(size), at + 32);
}
