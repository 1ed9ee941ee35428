import type { Dispatcher } from 'undici';
import { isPrivateImageError } from './errors.js';
import { aborted, httpError, redact } from './http-error.js';
import type { Patience } from './http-patience.js';
import type { GetOptions } from './http.js';
import { undici } from './undici.js';

/** The body of an answer as it arrives. Throws `http/too-large`, `http/too-slow`, `http/cut-off`, `http/aborted`. */
export async function* guardBody(
  url: URL,
  answer: Dispatcher.ResponseData,
  patience: Patience,
  options: GetOptions,
): AsyncGenerator<Uint8Array> {
  const pace = paceOf(patience);
  let received = 0;
  try {
    // Only the time spent waiting counts: a reader may take as long as it likes with what it has got.
    let asked = performance.now();
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (options.maxBytes !== undefined && received > options.maxBytes) {
        throw httpError(
          'http/too-large',
          `${redact(url.href)} sends more than the ${options.maxBytes} bytes that are allowed`,
        );
      }
      if (pace.isTooSlow(performance.now() - asked, chunk.length)) {
        throw httpError(
          'http/too-slow',
          `${redact(url.href)} sends fewer than ${patience.slowest} bytes a second: ${received} bytes so far`,
        );
      }
      yield chunk;
      asked = performance.now();
    }
  } catch (error) {
    throw isPrivateImageError(error) ? error : bodyError(url, error, options.signal);
  }
}

/** Watches the pace in stretches of `slowAfter`, so that what came fast at first is no excuse for what drips later. */
function paceOf({ slowAfter, slowest }: Patience): { isTooSlow(waited: number, bytes: number): boolean } {
  let waitedInAll = 0;
  let bytesInAll = 0;
  return {
    isTooSlow: (waited, bytes) => {
      waitedInAll += waited;
      bytesInAll += bytes;
      if (waitedInAll <= slowAfter) return false;
      const tooSlow = bytesInAll / (waitedInAll / 1000) < slowest;
      waitedInAll = 0;
      bytesInAll = 0;
      return tooSlow;
    },
  };
}

function bodyError(url: URL, error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return aborted(url, error);
  if (error instanceof undici().errors.BodyTimeoutError) {
    return httpError('http/too-slow', `${redact(url.href)} stopped sending`, { cause: error });
  }
  return httpError('http/cut-off', `${redact(url.href)} was cut off`, { cause: error });
}
