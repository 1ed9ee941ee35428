import type { Creator } from './creator.js';

/**
 * The content of what lies under an http, https or file URL: at most `maxBytes`. Credentials are those of the URL, or those that the settings
 * have for it, and go to no other host. What it holds ends in an image: a server in the open does not lead into a private network. Throws `http/…`.
 */
export async function fetchFile(
  { http, signal }: Pick<Creator, 'http' | 'signal'>,
  url: string,
  maxBytes: number,
): Promise<Buffer> {
  const { body } = await http.get(url, { maxBytes, signal, staysOutside: true });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
