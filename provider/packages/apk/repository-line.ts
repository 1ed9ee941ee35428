import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { apkError } from './errors.js';

/** A repository as `/etc/apk/repositories` names it. */
export interface RepositoryLine {
  /** Without the `@`; undefined for a repository that is used by default. */
  readonly tag: string | undefined;
  /** `https:`, `http:` or `file:`, without a slash at the end; may carry credentials. */
  readonly url: string;
}

/**
 * Reads `[@tag] URL-or-path` (apk-repositories(5)). A path becomes a `file:` URL; a relative one is resolved against
 * `workingDirectory`. Throws `repository/malformed`; the error does not repeat the URL, which may carry credentials.
 */
export function parseRepositoryLine(line: string, workingDirectory?: string): RepositoryLine {
  const match = /^(?:@([A-Za-z0-9._+-]+)\s+)?(?!@)(\S+)$/.exec(line.trim());
  const place = match?.[2];
  if (match === null || place === undefined) throw malformed('is not of the form "[@TAG] URL"');
  return { tag: match[1], url: repositoryUrl(place, workingDirectory) };
}

/** The lines of an `/etc/apk/repositories` file, without comments. Throws as `parseRepositoryLine`. */
export function parseRepositories(text: string, workingDirectory?: string): readonly RepositoryLine[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => parseRepositoryLine(line, workingDirectory));
}

/** `url` without user and password. */
export function withoutCredentials(url: string): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href.replace(/\/+$/, '');
}

function repositoryUrl(place: string, workingDirectory: string | undefined): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(place)) {
    if (!URL.canParse(place)) throw malformed('has a URL that is none');
    const url = new URL(place);
    if (!['https:', 'http:', 'file:'].includes(url.protocol))
      throw malformed(`has a URL of a kind that is not read: ${url.protocol}`);
    if (url.search !== '' || url.hash !== '')
      throw malformed('has a URL with a query, behind which no path can be put');
    return url.href.replace(/\/+$/, '');
  }
  if (path.isAbsolute(place)) return pathToFileURL(place).href.replace(/\/+$/, '');
  if (workingDirectory === undefined) throw malformed('has a relative path');
  return pathToFileURL(path.resolve(workingDirectory, place)).href.replace(/\/+$/, '');
}

function malformed(what: string): Error {
  return apkError('repository/malformed', `A package repository ${what}`, {
    hint: 'Name it as "https://host/path" or "@tag https://host/path", without the architecture.',
  });
}
