import { describe, expect, it } from 'vitest';
import { storeError } from './store-error.js';

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}

describe('a file system error', () => {
  it.each([
    ['EROFS', 'open', 'store/denied'],
    // What Node makes of a read-only disk when a folder is made with those above it.
    ['ENOENT', 'mkdir', 'store/denied'],
    ['ENOENT', 'open', 'store/missing'],
    ['ENOSPC', 'write', 'store/full'],
  ])('%s of %s is %s', (code, syscall, expected) => {
    expect(storeError(systemError(code, syscall), '/cache')).toMatchObject({ code: expected });
  });
});
