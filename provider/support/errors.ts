import { printable } from './printable.js';

/** What an error may carry beside its message. */
export interface ErrorDetails {
  /** What the reader can do about it: one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** The things the error is about: path, package, digest, URL (redacted). Plain JSON. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of the project.
 *
 * `code` is stable and of the form `room/what`; every room owns a closed union of its codes. The message names the thing
 * that is wrong, the hint says what to do.
 */
export class PrivateImageError<Code extends string = string> extends Error {
  override readonly name = 'PrivateImageError';
  readonly code: Code;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.data = details.data ?? {};
  }
}

/** True when `error` is one of ours, with one of `codes` when any are given. */
export function isPrivateImageError(error: unknown, ...codes: readonly string[]): error is PrivateImageError {
  return error instanceof PrivateImageError && (codes.length === 0 || codes.includes(String(error.code)));
}

/** The error as a person reads it: message, cause by cause, then the hint. No stack. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let hint: string | undefined;
  // Errors can cause each other in a circle.
  const seen = new Set<unknown>();
  for (let current: unknown = error; current !== undefined && !seen.has(current); ) {
    seen.add(current);
    const message = messageOf(current);
    if (!parts.some((part) => part.includes(message))) parts.push(message);
    if (hint === undefined && isPrivateImageError(current)) hint = current.hint;
    current = current instanceof Error ? current.cause : undefined;
  }
  // A server's words may be among them.
  const text = printable(parts.join(': '));
  return hint === undefined ? text : `${text}\n  ${hint}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
