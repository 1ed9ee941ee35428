const programHeadersAt = 64;
const dynamicAt = 256;
const stringsAt = dynamicAt + 3 * 16;
const machines = { amd64: 62, arm64: 183 };

/** The least that is a shared library, with or without a soname. */
export function sharedLibrary(soname: string | undefined, architecture: keyof typeof machines = 'amd64'): Buffer {
  const strings = Buffer.from(`\0${soname ?? ''}\0`);
  const file = Buffer.alloc(stringsAt + strings.length);
  file.write('\u007fELF\u0002\u0001\u0001', 0, 'latin1');
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(machines[architecture], 18);
  file.writeBigUInt64LE(BigInt(programHeadersAt), 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  writeProgramHeader(file, 0, { type: 1, offset: 0, size: file.length });
  writeProgramHeader(file, 1, { type: 2, offset: dynamicAt, size: 3 * 16 });
  file.writeBigUInt64LE(5n, dynamicAt);
  file.writeBigUInt64LE(BigInt(stringsAt), dynamicAt + 8);
  file.writeBigUInt64LE(soname === undefined ? 0n : 14n, dynamicAt + 16);
  file.writeBigUInt64LE(1n, dynamicAt + 24);
  strings.copy(file, stringsAt);
  return file;
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
