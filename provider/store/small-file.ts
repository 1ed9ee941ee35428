import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorCode, storeError } from './store-error.js';

/**
 * What is read and written at once, on the calling thread: for small files the way to another thread and back costs many times what they
 * do. Bytes.
 */
export const atOnce = 256 * 1024;

/** Writes a small file of the store in `root`, whole or not at all. Throws `store/…`. */
export function writeAtomically(root: string, file: string, content: Uint8Array): void {
  const temporary = path.join(temporaryFolder(root), randomUUID());
  try {
    inFolder(path.dirname(temporary), () => writeFileSync(temporary, content, { flag: 'wx', mode: 0o644 }));
    moveInto(temporary, file);
  } catch (error) {
    removeIfThere(temporary);
    throw storeError(error, file);
  }
}

/** Makes a temporary file one of the store's. */
export function moveInto(temporary: string, file: string): void {
  inFolder(path.dirname(file), () => {
    renameSync(temporary, file);
  });
}

/** What is in the way of writing is in the way of removing as well, and is the error that counts. */
export function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return;
  }
}

/** Does what needs `folder`, which is made only when it turns out not to be there: it nearly always is. */
export function inFolder<Value>(folder: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    mkdirSync(folder, { recursive: true });
    return work();
  }
}

/** Where files of the store in `root` are until they are whole. */
export function temporaryFolder(root: string): string {
  return path.join(root, 'tmp');
}
