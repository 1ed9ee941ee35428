import type { Access } from './access.js';

/** What is sent with a request; it can be sent again. */
export interface RequestBody {
  /** Bytes: exactly as many as `open` gives. */
  readonly size: number;
  /** Its pieces; each is good until the next is asked for, which is when the one before has been written out. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** One request to a registry. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** On the registry, or where the registry has sent us. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly access: readonly Access[];
  /** Statuses that are an answer; all others are errors. */
  readonly expect: readonly number[];
  /** Whether what is temporary is tried again here; else the caller does it. Absent: yes. */
  readonly retry?: boolean;
  /** Longest body of an answer, in bytes. */
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

/** An answer that was expected. */
export interface RegistryAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where it came from, with its query, which may be a secret. */
  readonly url: URL;
  /** Has to be read to its end or discarded. Throws `http/…`. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/** `content` as a body. */
export function bodyOf(content: Uint8Array): RequestBody {
  return {
    size: content.length,
    async *open() {
      yield await Promise.resolve(content);
    },
  };
}
