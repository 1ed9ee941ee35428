import { PrivateImageError } from '../../support/errors.js';
import { redact } from '../../support/http-error.js';
import type { Architecture } from '../package.js';

/** A repository as a line of `sources.list` names it (https://manpages.debian.org/sources.list). */
export interface SourceLine {
  /** A URL or path, as it stands there. */
  readonly place: string;
  readonly suite: string;
  /** Empty for a flat repository. */
  readonly components: readonly string[];
  /** Files with the keys that it alone is signed with; undefined when it says nothing. */
  readonly signedBy: readonly string[] | undefined;
  /** What it is asked for; undefined is everything. */
  readonly architectures: readonly Architecture[] | undefined;
  readonly checkValidUntil: boolean;
}

/** Options of apt that make no difference to what a repository holds. */
const passedOver = new Set([
  'lang',
  'target',
  'pdiffs',
  'by-hash',
  'trusted',
  'allow-insecure',
  'allow-weak',
  'enabled',
]);

/**
 * Reads `[deb] [[option=value …]] URL SUITE COMPONENT…`, or `… URL FOLDER/` for a flat repository; `standardSuite` stands for one that is not
 * named. Throws `request/malformed`, also for a line that has apt take what nobody signed, unless that is allowed anyhow.
 */
export function parseSourceLine(line: string, standardSuite: string | undefined, allowUnsigned: boolean): SourceLine {
  const match = /^(?:(deb(?:-src)?)\s+)?(?:\[([^\]]*)\]\s+)?(.*)$/u.exec(line.trim());
  const [, type, options = '', rest = ''] = match ?? [];
  if (type === 'deb-src') throw malformed(line, 'is about source packages', 'Name the line that begins with "deb".');
  const [place, suite = standardSuite, ...components] = rest.split(/\s+/u);
  if (place === undefined || place === '' || suite === undefined) {
    throw malformed(rest, 'needs a suite', 'Write --repository "URL SUITE COMPONENT…", or give --suite.');
  }
  const given = optionsOf(options, line);
  if (!allowUnsigned && ['trusted', 'allow-insecure'].some((name) => given.get(name) === 'yes')) {
    throw malformed(
      line,
      'is to be taken whether it is signed or not',
      'Give its key, as [signed-by=FILE]; or say --allow-unsigned, which holds for all that are named.',
    );
  }
  const architectures = given.get('arch')?.split(',');
  return {
    place,
    suite,
    components: suite.endsWith('/') ? [] : components.length === 0 ? ['main'] : components,
    signedBy: given.get('signed-by')?.split(','),
    architectures: architectures as readonly Architecture[] | undefined,
    checkValidUntil: given.get('check-valid-until') !== 'no',
  };
}

function optionsOf(text: string, line: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const option of text.split(/\s+/u).filter((word) => word !== '')) {
    const [, name = '', value = ''] = /^([a-z-]+)=(.+)$/u.exec(option) ?? [];
    if (!['signed-by', 'arch', 'check-valid-until'].includes(name) && !passedOver.has(name)) {
      throw malformed(line, `has an option that is not known: ${option}`, 'Known: signed-by, arch, check-valid-until.');
    }
    options.set(name, value);
  }
  return options;
}

function malformed(line: string, what: string, hint: string): PrivateImageError<'request/malformed'> {
  const shown = line.trim().split(/\s+/u).map(redact).join(' ');
  return new PrivateImageError<'request/malformed'>(
    'request/malformed',
    `A deb repository ${what}: ${JSON.stringify(shown)}`,
    { hint },
  );
}
