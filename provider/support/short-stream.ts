/** A stream that has been looked into. */
export interface LookedInto {
  /** Everything, when the stream is short; undefined for a longer one. */
  readonly whole: Buffer | undefined;
  /** Everything as a stream, to be read once and to its end unless `whole` has been taken. */
  readonly all: AsyncIterable<Uint8Array>;
}

/**
 * Reads `source` up to its end or until it has given more than `limit` bytes: short streams can then be worked on at once, which spares
 * them the way to another thread and back. Errors of `source` pass as they are.
 */
export async function lookInto(source: AsyncIterable<Uint8Array>, limit: number): Promise<LookedInto> {
  const iterator = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let bytes = 0;
  let isAll = false;
  while (!isAll && bytes <= limit) {
    const next = await iterator.next();
    if (next.done === true) isAll = true;
    else {
      held.push(next.value);
      bytes += next.value.length;
    }
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      while (held.length > 0) yield* held.splice(0, 1);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { whole: isAll ? Buffer.concat(held, bytes) : undefined, all: all() };
}
