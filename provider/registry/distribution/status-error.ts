import { redact } from '../../support/http-error.js';
import { isTemporaryStatus, secondsToWait } from '../../support/http-patience.js';
import type { PrivateImageError } from '../../support/errors.js';
import { printable } from '../../support/printable.js';
import { registryError } from '../registry-error.js';
import type { RegistryErrorCode } from '../registry-error.js';
import { errorsSchema } from './answer-schema.js';

/** An answer that was not expected, as its error is made from it. */
export interface UnexpectedAnswer {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first part of the body. */
  readonly text: string;
}

/** One error of the registry's own. */
export interface StatedError {
  readonly code: string;
  readonly message: string;
}

/** How much of a body is kept with an error. Characters. */
const longestBody = 1000;
/** How much is repeated of a body that is not in the form of a registry's. Characters. */
const longestLine = 200;

const hints: Readonly<Record<string, string>> = {
  'registry/unauthorized':
    'Log in with "docker login" or "podman login", or give credentials in the configuration. They need the right to push.',
  'registry/denied': 'Ask who runs the registry for the right to do this, or choose another repository.',
  'registry/missing': 'Check the name of the registry and of the repository.',
  'registry/refused': 'The registry does not do this, or has a rule against it. Its own words are above.',
  'registry/unavailable': 'Try again later: what was done so far is kept, and is not done again.',
};

/** The errors that a registry states in `text`; none when it is no such document. */
export function statedErrors(text: string): readonly StatedError[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [];
  }
  const stated = errorsSchema.safeParse(json).data?.errors ?? [];
  return stated.map(({ code, message }) => ({ code, message: message ?? '' }));
}

/**
 * The error for an answer: with its status, the registry's own codes, method, redacted URL, whether it is temporary, and the beginning
 * of the body. `secrets` are taken out of all that the server says; `notes` are what was odd about the credentials.
 */
export function statusError(
  repository: string,
  answer: UnexpectedAnswer,
  secrets: readonly string[],
  notes: readonly string[] = [],
): PrivateImageError<RegistryErrorCode> {
  const { method, status, headers } = answer;
  const url = redact(answer.url.href);
  const code = codeOf(status);
  const text = withoutSecrets(answer.text, secrets);
  const errors = statedErrors(text);
  const retryAfter = secondsToWait(headers['retry-after'], headers['date']);
  const words = errors.map((error) => `${error.code}${error.message === '' ? '' : ` (${error.message})`}`).join(', ');
  const said = words === '' ? plainLine(text) : words;
  const message = `${method} ${url} answers ${status}${said === '' ? '' : `: ${said.slice(0, longestBody)}`}`;
  return registryError(code, repository, message, {
    hint: `${hints[code] ?? ''}${status !== 401 || notes.length === 0 ? '' : ` What was found: ${notes.join('; ')}.`}`,
    data: {
      method,
      url,
      status,
      errors,
      temporary: isTemporaryStatus(status),
      body: text.slice(0, longestBody),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    },
  });
}

/** What is said by a server that is no registry, or a proxy before one, if it says it in a short line and not in a page. */
function plainLine(text: string): string {
  const [line = '', ...more] = text.trim().split('\n');
  return more.length > 0 || line.length > longestLine || /^[<{[]/u.test(line) ? '' : line;
}

function codeOf(status: number): RegistryErrorCode {
  if (status === 401) return 'registry/unauthorized';
  if (status === 403) return 'registry/denied';
  if (status === 404) return 'registry/missing';
  return isTemporaryStatus(status) ? 'registry/unavailable' : 'registry/refused';
}

/** `text` without control characters, which a terminal would obey, and without `secrets`. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = printable(text);
  for (const secret of secrets) if (secret.length > 3) clean = clean.replaceAll(secret, '…');
  return clean;
}
