import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { httpError } from './http-error.js';
import type { GetOptions, HttpResponse } from './http.js';

/** The answer for a `file:` URL. Throws `http/status` with 404 when there is no such file, `http/too-large` and `http/bad-url`. */
export async function getFile(url: URL, options: GetOptions): Promise<HttpResponse> {
  const file = pathOf(url);
  const found = await stat(file).catch((error: unknown) => {
    throw noFile(url, file, error);
  });
  if (!found.isFile()) throw noFile(url, file, undefined);
  if (options.maxBytes !== undefined && found.size > options.maxBytes) {
    throw httpError(
      'http/too-large',
      `${file} holds ${found.size} bytes, more than the ${options.maxBytes} that are allowed`,
    );
  }
  return {
    status: 200,
    headers: { 'content-length': String(found.size) },
    url: url.href,
    body: createReadStream(file) as AsyncIterable<Buffer>,
    discard: () => Promise.resolve(),
  };
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw httpError('http/bad-url', `Not the URL of a file: ${url.href}`, { cause: error });
  }
}

function noFile(url: URL, file: string, cause: unknown): Error {
  return httpError('http/status', `There is no file ${file}`, { cause, data: { url: url.href, status: 404 } });
}
