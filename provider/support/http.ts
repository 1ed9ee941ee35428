/** What a GET may ask for beside the URL. */
export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Bodies longer than this are refused with `http/too-large`. Bytes. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Refuses redirects, with `http/redirect`, that lead from the open into a private network, to this machine or to its wire. */
  readonly staysOutside?: boolean;
}

/** An answer with a status below 400 (after retries and redirects). */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects, without credentials. */
  readonly url: string;
  /** Has to be read to its end or destroyed with `discard`. Fails with `http/…` when cut off, too slow or too long. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/** What is sent to whatever lies under a URL. */
export interface HttpCredential {
  /**
   * Origin and path, whole parts of it: `https://host/path` stands for itself and all below it, not for `https://host/path2`. Has no
   * user, query or fragment.
   */
  readonly prefix: string;
  /** The value of `Authorization`: `Basic …` or `Bearer …`. */
  readonly authorization: string;
}

/**
 * All HTTP of the project, but for the registry client's writes.
 *
 * Retries what is temporary (429, 5xx, resets, time-outs) with back-off and `Retry-After`; follows redirects without
 * carrying `Authorization` to another origin and never from https to http; reads `file:` URLs as well.
 * Errors: `http/status` (with `status` in data), `http/unreachable`, `http/too-slow`, `http/too-large`, `http/cut-off`,
 * `http/redirect`, `http/aborted`, `http/bad-url`. URLs in errors carry no credentials.
 */
export interface HttpClient {
  get(url: string, options?: GetOptions): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** A client that knows where to send which credentials, so that no URL has to hold them. */
export interface AuthorizingHttpClient extends HttpClient {
  /**
   * From now on sends `credential` with requests under its prefix; of several prefixes the longest counts, of two equal ones the last.
   * Throws `http/bad-credential`, which does not repeat it.
   */
  authorize(credential: HttpCredential): void;
}
