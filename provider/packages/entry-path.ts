import { isUtf8 } from 'node:buffer';
import { archiveError } from './archive-error.js';

const maxPathBytes = 4096;
const maxPartBytes = 255;
const maxDepth = 128;

/**
 * A name of an archive in the form that `EntryHeader.path` has; the empty string for the root itself (`./`).
 *
 * Throws `archive/bad-name` for what no image may hold: absolute names, `..`, control characters, bytes that are not UTF-8,
 * names or nesting beyond what file systems take, and `.wh.` names, which a layer would read as deletions
 * (https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts).
 */
export function entryPath(raw: Uint8Array, subject: string): string {
  const text = archiveText(raw, subject);
  if (text.startsWith('/')) throw badName(subject, text, 'is absolute');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length > maxDepth) throw badName(subject, text, `is nested deeper than ${maxDepth} levels`);
  for (const part of parts) {
    if (part === '..') throw badName(subject, text, 'leaves the root');
    if (part.startsWith('.wh.')) throw badName(subject, text, 'would delete other files in a layer');
    if (Buffer.byteLength(part) > maxPartBytes)
      throw badName(subject, text, `has a part of more than ${maxPartBytes} bytes`);
  }
  return parts.join('/');
}

/** The target of a symlink, as it stands. Throws `archive/bad-name` when it is empty, too long, or no clean text. */
export function symlinkTarget(raw: Uint8Array, subject: string): string {
  const text = archiveText(raw, subject);
  if (text === '') throw badName(subject, text, 'is the target of a link, and empty');
  return text;
}

function archiveText(raw: Uint8Array, subject: string): string {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('utf8');
  if (raw.length > maxPathBytes) throw badName(subject, text, `is longer than ${maxPathBytes} bytes`);
  if (!isUtf8(raw)) throw badName(subject, text, 'is not UTF-8');
  if (hasControlCharacter(text)) throw badName(subject, text, 'has a control character');
  return text;
}

/** True when `text` has a character below a space, or the delete character. */
function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function badName(subject: string, name: string, fault: string): Error {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return archiveError('archive/bad-name', subject, `the name ${JSON.stringify(shown)} ${fault}`, { path: shown });
}
