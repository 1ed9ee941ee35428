import { registryError } from '../registry-error.js';
import type { RequestBody } from './request.js';

/** A body on its way out. */
export interface WatchedBody {
  readonly content: AsyncIterable<Uint8Array>;
  /** Ends the request when the server has taken nothing for too long. */
  readonly stalled: AbortSignal;
  /** Why the content itself came to no good end; undefined when it did. */
  failure(): unknown;
}

/**
 * Watches a body while it is sent: that the server goes on taking it, that it has its size, and whether it is its source that fails.
 * `silence` is how long the server may take nothing, in milliseconds.
 */
export function watchedBody(
  body: RequestBody,
  { repository, silence }: { readonly repository: string; readonly silence: number },
): WatchedBody {
  const stall = new AbortController();
  let failure: unknown;

  async function* content(): AsyncGenerator<Uint8Array> {
    let sent = 0;
    let timer: NodeJS.Timeout | undefined;
    try {
      for await (const chunk of body.open()) {
        sent += chunk.length;
        if (sent > body.size) throw wrongSize(sent);
        timer = setTimeout(() => stall.abort(), silence);
        yield chunk;
        clearTimeout(timer);
      }
      if (sent !== body.size) throw wrongSize(sent);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  function wrongSize(sent: number): Error {
    return registryError('registry/mismatch', repository, `content of ${body.size} bytes has ${sent}`, {
      hint: 'The content is damaged. Build the image again.',
    });
  }

  return { content: content(), stalled: stall.signal, failure: () => failure };
}
