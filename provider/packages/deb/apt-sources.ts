import { isPrivateImageError } from '../../support/errors.js';
import { parseStanzas } from './control.js';
import type { ControlFields } from './control.js';

/** The files of an apt configuration. Nothing here throws: what is not there is empty. */
export interface AptFiles {
  /** The names of the files in a folder below the configuration, as `sources.list.d`. */
  list(folder: string): Promise<readonly string[]>;
  /** The text of a file below the configuration. */
  read(file: string): Promise<string>;
}

/** A source of binary packages that the machine's apt knows. */
export interface AptEntry {
  readonly url: string;
  readonly suites: readonly string[];
  readonly checkValidUntil: boolean;
}

const releases = [
  'bullseye',
  'bookworm',
  'trixie',
  'forky',
  'duke',
  'sid',
  'oldoldstable',
  'oldstable',
  'stable',
  'testing',
  'unstable',
];

/**
 * The first entries of the machine's apt that are Debian's archive and its security archive
 * (https://manpages.debian.org/sources.list): what is disabled, for source packages, of another origin or in a file that apt would not
 * read is passed over.
 */
export async function archiveEntriesOf(
  files: AptFiles,
): Promise<{ readonly release: AptEntry | undefined; readonly security: AptEntry | undefined }> {
  const checked = !(await isCheckSwitchedOff(files));
  const entries = readList(await files.read('sources.list'));
  for (const name of await files.list('sources.list.d')) {
    if (!/^[A-Za-z0-9_.-]+$/.test(name)) continue;
    if (name.endsWith('.list')) entries.push(...readList(await files.read(`sources.list.d/${name}`)));
    if (name.endsWith('.sources')) entries.push(...readSources(await files.read(`sources.list.d/${name}`)));
  }
  const found = entries
    .filter((entry) => /^(?:https?|file):\/\//.test(entry.url))
    .map((entry) => ({ ...entry, checkValidUntil: entry.checkValidUntil && checked }));
  return {
    release: found.find((entry) => entry.suites.some(isReleaseSuite)),
    security: found.find((entry) => entry.suites.some(isSecuritySuite)),
  };
}

function isReleaseSuite(suite: string): boolean {
  return releases.includes(suite.replace(/-(?:updates|backports|proposed-updates)$/, ''));
}

function isSecuritySuite(suite: string): boolean {
  return releases.includes(suite.replace(/(?:-security|\/updates)$/, '')) && !releases.includes(suite);
}

/** One line an entry: `deb [options] uri suite component…`. */
function readList(text: string): AptEntry[] {
  const entries: AptEntry[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/.exec(line.replace(/#.*$/, ''));
    const [, options = '', url = '', suite = ''] = match ?? [];
    if (match === null || /(?:^|\s)enabled=no\b/i.test(options)) continue;
    entries.push({
      url,
      suites: [suite],
      checkValidUntil: !/(?:^|\s)check-valid-until=(?:no|false|0|off)\b/i.test(options),
    });
  }
  return entries;
}

/** The deb822 form. A stanza that cannot be read is apt's to complain about. */
function readSources(text: string): AptEntry[] {
  let stanzas: readonly ControlFields[];
  try {
    stanzas = parseStanzas(text, 'apt sources');
  } catch (error) {
    if (isPrivateImageError(error, 'control/malformed')) return [];
    throw error;
  }
  return stanzas.flatMap((stanza) => {
    const words = (field: string): readonly string[] =>
      (stanza.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
    if (!words('types').includes('deb') || isNo(stanza.get('enabled'))) return [];
    const checkValidUntil = !isNo(stanza.get('check-valid-until'));
    return words('uris').map((url) => ({ url, suites: words('suites'), checkValidUntil }));
  });
}

async function isCheckSwitchedOff(files: AptFiles): Promise<boolean> {
  const parts = (await files.list('apt.conf.d')).filter((name) => /^[A-Za-z0-9_-]+(?:\.conf)?$/.test(name));
  const texts = await Promise.all([...parts.map((name) => files.read(`apt.conf.d/${name}`)), files.read('apt.conf')]);
  const settings = texts.join('\n').replaceAll(/\/\/.*|#.*|\/\*[\s\S]*?\*\//g, '');
  const flat = /Acquire::Check-Valid-Until\s+"?([A-Za-z0-9]+)"?\s*;/gi;
  const nested = /Acquire\s*\{[^}]*?Check-Valid-Until\s+"?([A-Za-z0-9]+)"?\s*;/gi;
  const values = [...settings.matchAll(nested), ...settings.matchAll(flat)].map((match) => match[1]);
  return isNo(values.at(-1));
}

function isNo(value: string | undefined): boolean {
  return value !== undefined && /^(?:no|false|without|off|disable|0)$/i.test(value.trim());
}
