import { dynamicSection, readSharedLibrary } from './elf.js';
import type { SharedLibrary } from './elf.js';

/** Learns what the dynamic linker looks for in a file while its content streams by. */
export interface LibraryObserver {
  /** Takes the next bytes in. */
  update(chunk: Uint8Array): void;
  /** At the end of the file: null when it is no shared library, undefined when it has to be read anew to tell. */
  library(): SharedLibrary | null | undefined;
}

const libraryName = /^(?:lib|ld-).*\.so(?:\.|$)/;

/** Of a library, names and headers come first, before its code. Bytes that are held. */
const keptHead = 2 * 1024 * 1024;

/** Enough for the headers that say where the rest is. */
const leastHead = 8 * 1024;

/** True for the name of a file that the linker may look for. */
export function isLibraryName(name: string): boolean {
  return libraryName.test(name);
}

/** An observer of one file. It holds at most its first megabytes and its dynamic section. */
export function observeLibrary(): LibraryObserver {
  const head: Buffer[] = [];
  const dynamic: Buffer[] = [];
  let headBytes = 0;
  let position = 0;
  let section: { readonly offset: number; readonly size: number } | undefined;
  let isSectionKnown = false;

  function update(chunk: Uint8Array): void {
    if (headBytes < keptHead) {
      const piece = Buffer.from(chunk.subarray(0, keptHead - headBytes));
      head.push(piece);
      headBytes += piece.length;
    }
    if (!isSectionKnown && headBytes >= leastHead) {
      section = dynamicSection(Buffer.concat(head));
      isSectionKnown = true;
    }
    if (section !== undefined) {
      const from = Math.max(0, section.offset - position);
      const to = Math.min(chunk.length, section.offset + section.size - position);
      if (from < to) dynamic.push(Buffer.from(chunk.subarray(from, to)));
    }
    position += chunk.length;
  }

  function library(): SharedLibrary | null | undefined {
    const first = Buffer.concat(head);
    const second = Buffer.concat(dynamic);
    const missed = { any: false };
    const found = readSharedLibrary((offset, length) => {
      if (headBytes === position || offset + length <= headBytes) return first.subarray(offset, offset + length);
      const start = offset - (section?.offset ?? 0);
      const isHeld = section !== undefined && start >= 0 && start + length <= second.length;
      missed.any ||= !isHeld;
      return isHeld ? second.subarray(start, start + length) : Buffer.alloc(0);
    });
    return missed.any ? undefined : (found ?? null);
  }

  return { update, library };
}
