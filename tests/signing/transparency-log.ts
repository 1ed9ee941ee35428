/** A transparency log with a real Merkle tree (https://www.rfc-editor.org/rfc/rfc6962#section-2.1), for tests. */
import { createHash, sign } from 'node:crypto';
import { keyId, type KeyPair, newKeyPair } from './certificates.js';

/** An entry as the log gives it back. */
export interface LogAnswer {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly checkpoint: string;
      readonly hashes: readonly string[];
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
    };
  };
}

/** A log that entries can be added to. */
export interface TransparencyLog {
  readonly key: KeyPair;
  add(body: Buffer): LogAnswer;
}

/** Opens a log with some entries of others; `name` signs its checkpoints. */
export function openLog(name: string): TransparencyLog {
  const key = newKeyPair();
  const leaves = ['a', 'b', 'c', 'd', 'e'].map((word) => leafHash(Buffer.from(word)));
  return {
    key,
    add: (body) => {
      const logIndex = leaves.push(leafHash(body)) - 1;
      const integratedTime = Math.floor(Date.now() / 1000);
      const logID = keyId(key.publicKey).toString('hex');
      const root = rootOf(leaves);
      const encoded = body.toString('base64');
      // Keys in the order of canonical JSON.
      const promised = JSON.stringify({ body: encoded, integratedTime, logID, logIndex });
      return {
        body: encoded,
        integratedTime,
        logID,
        logIndex,
        verification: {
          signedEntryTimestamp: sign('sha256', Buffer.from(promised), key.privateKey).toString('base64'),
          inclusionProof: {
            checkpoint: checkpoint(name, leaves.length, root, key),
            hashes: path(leaves, logIndex).map((hash) => hash.toString('hex')),
            logIndex,
            rootHash: root.toString('hex'),
            treeSize: leaves.length,
          },
        },
      };
    },
  };
}

/** A signed note (https://github.com/transparency-dev/formats/blob/main/log/README.md#checkpoint-format). */
function checkpoint(name: string, size: number, root: Buffer, { privateKey, publicKey }: KeyPair): string {
  const note = `${name} - 1\n${size}\n${root.toString('base64')}\n`;
  const signature = Buffer.concat([keyId(publicKey).subarray(0, 4), sign('sha256', Buffer.from(note), privateKey)]);
  return `${note}\n\u2014 ${name} ${signature.toString('base64')}\n`;
}

function leafHash(content: Buffer): Buffer {
  return createHash('sha256')
    .update(Buffer.from([0]))
    .update(content)
    .digest();
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only !== undefined && leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(rootOf(leaves.slice(0, split)))
    .update(rootOf(leaves.slice(split)))
    .digest();
}

function path(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...path(left, index), rootOf(right)] : [...path(right, index - split), rootOf(left)];
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  return 2 ** Math.ceil(Math.log2(size) - 1);
}
