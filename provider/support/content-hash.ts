import { createHash, hash as hashOf } from 'node:crypto';

/** The hash of a content of known size that comes in pieces. */
export interface ContentHash {
  update(piece: Uint8Array): void;
  /** Lowercase hex, when all has been seen. */
  hex(): string;
}

/** A hash by `algorithm` of `size` bytes. What comes in one piece, as most files do, is hashed at once, which spares an object for each. */
export function contentHash(algorithm: 'sha1' | 'sha256', size: number): ContentHash {
  const stream = { hash: undefined as ReturnType<typeof createHash> | undefined };
  let whole = size === 0 ? hashOf(algorithm, '', 'hex') : undefined;
  return {
    update: (piece) => {
      if (piece.length === size && stream.hash === undefined) whole = hashOf(algorithm, piece, 'hex');
      else (stream.hash ??= createHash(algorithm)).update(piece);
    },
    hex: () => whole ?? (stream.hash ?? createHash(algorithm)).digest('hex'),
  };
}
