/** Reads a stream of chunks by counts of bytes, holding no more than the chunk at hand. */
export interface ByteReader {
  /**
   * Exactly `count` bytes; undefined when the stream ends before the first of them. Throws what `cutOff` gives when it ends
   * within them.
   */
  exactly(count: number): Promise<Buffer | undefined>;
  /** The next bytes, at most `limit` and at least one; undefined at the end of the stream. */
  some(limit: number): Promise<Uint8Array | undefined>;
  /** Passes over `count` bytes. Throws what `cutOff` gives when there are fewer. */
  skip(count: number): Promise<void>;
  /** Ends the source without reading on. */
  close(): Promise<void>;
}

/** A reader of `source`. `cutOff` makes the error for a source that ends too early. */
export function byteReader(source: AsyncIterable<Uint8Array>, cutOff: () => Error): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  let done = false;

  async function fill(): Promise<boolean> {
    while (chunk.length === 0) {
      if (done) return false;
      const next = await iterator.next();
      if (next.done === true) done = true;
      else chunk = next.value;
    }
    return true;
  }

  function take(limit: number): Uint8Array {
    const taken = chunk.subarray(0, limit);
    chunk = chunk.subarray(taken.length);
    return taken;
  }

  async function some(limit: number): Promise<Uint8Array | undefined> {
    if (chunk.length === 0 && !(await fill())) return undefined;
    return take(limit);
  }

  async function exactly(count: number): Promise<Buffer | undefined> {
    if (chunk.length >= count) return asBuffer(take(count));
    const parts: Uint8Array[] = [];
    for (let missing = count; missing > 0; ) {
      const part = await some(missing);
      if (part === undefined) {
        if (parts.length === 0) return undefined;
        throw cutOff();
      }
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts, count);
  }

  async function skip(count: number): Promise<void> {
    for (let missing = count; missing > 0; ) {
      const part = await some(missing);
      if (part === undefined) throw cutOff();
      missing -= part.length;
    }
  }

  async function close(): Promise<void> {
    if (done) return;
    done = true;
    chunk = new Uint8Array(0);
    await iterator.return?.();
  }

  return { exactly, some, skip, close };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
