import { isPrivateImageError } from '../../support/errors.js';
import { redact } from '../../support/http-error.js';
import type { HttpClient } from '../../support/http.js';
import { repositoryError } from './repository-error.js';

const maxKeyringBytes = 4 * 1024 * 1024;

/**
 * The public keys in a keyring at an absolute `https:` or `file:` URL, in armoured form: a file as in `/usr/share/keyrings` (`.gpg`, binary) or an
 * armoured one (`.asc`). Throws `repository/bad-keyring`, and what `http` throws.
 */
export async function readKeyringFile(http: HttpClient, url: string, signal?: AbortSignal): Promise<readonly string[]> {
  // A key that comes over an open line can be anybody's.
  if (!/^(?:https|file):/u.test(url)) {
    throw repositoryError('repository/bad-keyring', redact(url), 'a keyring is read from a file or over https');
  }
  const options = { maxBytes: maxKeyringBytes, ...(signal === undefined ? {} : { signal }) };
  const response = await http.get(url, options).catch((error: unknown) => {
    if (!url.startsWith('file:') || !isPrivateImageError(error, 'http/status')) throw error;
    throw repositoryError('repository/bad-keyring', redact(url), 'it is no file that can be read', {
      hint: 'Name a keyring as it lies in /usr/share/keyrings, or an armoured key.',
      cause: error,
    });
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  if (content.subarray(0, 64).toString('latin1').includes('-----BEGIN PGP')) return [content.toString('utf8')];
  const { readKeys } = await import('openpgp');
  const keys = await readKeys({ binaryKeys: content }).catch((error: unknown) => {
    throw repositoryError('repository/bad-keyring', redact(url), 'it holds no OpenPGP keys', { cause: error });
  });
  if (keys.some((key) => key.isPrivate())) {
    throw repositoryError('repository/bad-keyring', redact(url), 'it holds a private key');
  }
  return keys.map((key) => key.toPublic().armor());
}
