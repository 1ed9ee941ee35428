import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The machine's xz did not unpack a stream: it cannot be run, or the stream is not what it takes. */
export class XzProgramError extends Error {
  override readonly name = 'XzProgramError';
}

/** Bytes of a dictionary that the own decoder takes as well. */
const maxDictionary = 64 * 1024 * 1024;

/** Bytes that the program may take beside the dictionary. */
const memory = maxDictionary + 16 * 1024 * 1024;

/** Checks that the own decoder knows: none, CRC32 and CRC64. */
const knownChecks = new Set([0, 1, 4]);
const lzma2 = 0x21;

/** Bytes of a stream that `isPlainXz` has to see. */
export const xzHeadSize = 12 + 24;

/**
 * True for the head of an xz stream (https://tukaani.org/xz/xz-file-format.txt, 2.1.1 and 3.1) that every decoder takes: LZMA2 alone, with a
 * usual check and dictionary. All that the program would take and the own decoder would not is left to the latter.
 */
export function isPlainXz(head: Uint8Array): boolean {
  if (head.length < xzHeadSize || Buffer.from(head.subarray(0, 7)).toString('hex') !== 'fd377a585a0000') return false;
  const flags = head[13] ?? 0;
  if (!knownChecks.has(head[7] ?? -1) || (flags & 0x3f) !== 0) return false;
  let at = 14;
  // The sizes of the block, packed and unpacked, are there or not.
  for (const size of [0x40, 0x80]) if ((flags & size) !== 0) at = behindNumber(head, at);
  const [filter, properties, dictionary = 40] = head.subarray(at, at + 3);
  return filter === lzma2 && properties === 1 && dictionarySize(dictionary) <= maxDictionary;
}

function behindNumber(bytes: Uint8Array, start: number): number {
  let at = start;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at += 1;
  return at + 1;
}

function dictionarySize(bits: number): number {
  return (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

/**
 * Unpacks `source` as it comes with the machine's own `xz` (absolute), which takes half the time of the own decoder. Throws `XzProgramError`
 * whatever is wrong with program or stream: which of both it was only the own decoder can tell. Errors of `source` pass as they are.
 */
export async function* unxzWithProgram(program: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // No environment: settings of the machine's would change what it does.
  const child = spawn(program, ['--decompress', '--stdout', '--threads=1', `--memlimit-decompress=${memory}`], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close').then(
    ([code]: unknown[]) => code === 0,
    () => false,
  );
  const failures: Error[] = [];
  async function* watched(): AsyncGenerator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await iterator.next().catch((error: unknown) => {
          failures.push(error as Error);
          throw error;
        });
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  // That the program takes no more is seen by how it ends.
  const fed = pipeline(Readable.from(watched(), { objectMode: false }), child.stdin).catch(() => undefined);
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) yield chunk;
    const isDone = await ended;
    await fed;
    if (isDone && failures.length === 0) return;
  } catch (cause) {
    throw failures[0] ?? new XzProgramError(`${program} did not unpack the stream`, { cause });
  } finally {
    child.kill('SIGKILL');
  }
  throw failures[0] ?? new XzProgramError(`${program} did not unpack the stream`);
}
