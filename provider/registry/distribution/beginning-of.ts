import type { RegistryAnswer } from './request.js';

/** The beginning of a body that may be anything, up to `limit` bytes, as text. What cannot be read is left out. */
export async function beginningOf(answer: RegistryAnswer, limit = 65_536): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) break;
    }
  } catch {
    // The status is what counts; the text is for the reader.
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}
