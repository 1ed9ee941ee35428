import type { Package } from '../packages/package.js';
import { redact } from '../support/http-client.js';

/** Where a distribution publishes its packages for everyone. */
interface PublicArchive {
  /** The `repository` of its packages matches this. */
  readonly repository: RegExp;
  /** The address of the archive, with a slash at its end. */
  readonly root: string;
  /** The part of a mirror's path that is the same on every mirror. */
  readonly path: RegExp;
}

// The first that fits: Debian's security suites have an archive of their own.
const publicArchives: readonly PublicArchive[] = [
  {
    repository: /^debian \S+-security(?:\s|$)/,
    root: 'https://security.debian.org/debian-security/',
    path: /\/(pool\/.+)$/,
  },
  { repository: /^debian(?:\s|$)/, root: 'https://ftp.debian.org/debian/', path: /\/(pool\/.+)$/ },
  { repository: /^wolfi(?:\s|$)/, root: 'https://packages.wolfi.dev/os/', path: /\/([^/]+\/[^/]+\.apk)$/ },
  {
    repository: /^alpine(?:\s|$)/,
    root: 'https://dl-cdn.alpinelinux.org/alpine/',
    path: /\/((?:v\d+\.\d+|edge)\/[^/]+\/[^/]+\/[^/]+\.apk)$/,
  },
];

/**
 * Where anyone can get a package from, or undefined when that cannot be said.
 *
 * A distribution's package is given its public address, whatever mirror it came from: a document that names the mirror
 * would differ from machine to machine and tell the world about a private host. A package of the user's own repository is
 * given the address that the program names, without credentials; one from a local folder has none.
 */
export function downloadLocation(subject: Package): string | undefined {
  const url = new URL(subject.archive.url);
  const archive = publicArchiveOf(subject);
  if (archive !== undefined) return publicAddress(archive, url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.search = '';
  url.hash = '';
  return redact(url.href);
}

/** Where a distribution's package is published for everyone; undefined of others. The same whatever mirror it came from. */
export function publicLocation(subject: Package): string | undefined {
  const archive = publicArchiveOf(subject);
  return archive === undefined ? undefined : publicAddress(archive, new URL(subject.archive.url));
}

function publicArchiveOf({ repository }: Package): PublicArchive | undefined {
  return publicArchives.find((candidate) => candidate.repository.test(repository));
}

function publicAddress({ path, root }: PublicArchive, { pathname }: URL): string | undefined {
  const found = path.exec(pathname)?.[1];
  return found === undefined ? undefined : root + found;
}
