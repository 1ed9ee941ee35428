import parse from 'spdx-expression-parse';

/**
 * Short names that no rule turns into SPDX's; keys in lower case. A name that several licences go by (`BSD`, `GPL`,
 * `Python`, `Unicode` …) is not here: it stays a reference rather than becoming a guess.
 */
const names: ReadonlyMap<string, string> = new Map([
  ['expat', 'MIT'],
  ['mit/expat', 'MIT'],
  ['expat/mit', 'MIT'],
  ['apache-2-llvm-exceptions', 'Apache-2.0 WITH LLVM-exception'],
  // What Debian calls so is /usr/share/common-licenses/Artistic, the text that Perl has.
  ['artistic', 'Artistic-1.0-Perl'],
  ['boost-1.0', 'BSL-1.0'],
  ['bsd-2-clauses', 'BSD-2-Clause'],
  ['bsd-3-clauses', 'BSD-3-Clause'],
  ['bsd-4-clauses', 'BSD-4-Clause'],
  ['cc0', 'CC0-1.0'],
  ['bsd-2', 'BSD-2-Clause'],
  ['bsd2', 'BSD-2-Clause'],
  ['bsd-3', 'BSD-3-Clause'],
  ['bsd3', 'BSD-3-Clause'],
  ['openldap-2.8', 'OLDAP-2.8'],
  ['pd', 'LicenseRef-public-domain'],
  ['public-domain', 'LicenseRef-public-domain'],
  ['publicdomain', 'LicenseRef-public-domain'],
  ['sil-1.1', 'OFL-1.1'],
  ['sil-ofl-1.1', 'OFL-1.1'],
]);

/** SPDX identifiers that Debian writes in other letters. */
const identifiers: ReadonlyMap<string, string> = new Map(
  [
    ...[
      '0BSD',
      'AFL-2.0',
      'AFL-2.1',
      'AFL-3.0',
      'Apache-1.0',
      'Apache-1.1',
      'Apache-2.0',
      'Artistic-1.0',
      'Artistic-2.0',
    ],
    ...[
      'BSD-1-Clause',
      'BSD-2-Clause',
      'BSD-3-Clause',
      'BSD-4-Clause',
      'BSD-4-Clause-UC',
      'BSD-Source-Code',
      'BSL-1.0',
    ],
    ...[
      'Beerware',
      'CC-BY-3.0',
      'CC-BY-4.0',
      'CC-BY-SA-3.0',
      'CC-BY-SA-4.0',
      'CC0-1.0',
      'CDDL-1.0',
      'CPL-1.0',
      'EPL-1.0',
    ],
    ...[
      'EPL-2.0',
      'FSFAP',
      'FSFUL',
      'FSFULLR',
      'FTL',
      'HPND',
      'ICU',
      'IJG',
      'ISC',
      'JSON',
      'Libpng',
      'MIT',
      'MIT-0',
      'MPL-1.0',
    ],
    ...[
      'MPL-1.1',
      'MPL-2.0',
      'MS-PL',
      'NCSA',
      'NTP',
      'OFL-1.0',
      'OFL-1.1',
      'OLDAP-2.8',
      'OpenSSL',
      'PHP-3.0',
      'PHP-3.01',
    ],
    ...[
      'PSF-2.0',
      'PostgreSQL',
      'Python-2.0',
      'QPL-1.0',
      'Ruby',
      'SISSL',
      'SSH-short',
      'TCL',
      'UPL-1.0',
      'Unicode-DFS-2016',
    ],
    ...[
      'Unlicense',
      'Vim',
      'W3C',
      'WTFPL',
      'X11',
      'ZPL-2.0',
      'ZPL-2.1',
      'Zlib',
      'bzip2-1.0.6',
      'curl',
      'zlib-acknowledgement',
    ],
  ].map((id) => [id.toLowerCase(), id]),
);

/** Versions that the GNU licences have. */
const gnuVersions: Readonly<Record<string, readonly string[]>> = {
  GPL: ['1.0', '2.0', '3.0'],
  LGPL: ['2.0', '2.1', '3.0'],
  AGPL: ['1.0', '3.0'],
  GFDL: ['1.1', '1.2', '1.3'],
};

/** Exceptions by the name that Debian gives them, in lower case and without the word `exception`. */
const exceptions: ReadonlyMap<string, string> = new Map([
  ['autoconf-2.0', 'Autoconf-exception-2.0'],
  ['autoconf-3.0', 'Autoconf-exception-3.0'],
  ['bison', 'Bison-exception-2.2'],
  ['bison-2.2', 'Bison-exception-2.2'],
  ['classpath', 'Classpath-exception-2.0'],
  ['classpath-2.0', 'Classpath-exception-2.0'],
  ['font', 'Font-exception-2.0'],
  ['font-2.0', 'Font-exception-2.0'],
  ['gcc-runtime', 'GCC-exception-3.1'],
  ['gcc-runtime-3.1', 'GCC-exception-3.1'],
  ['gcc-runtime-library', 'GCC-exception-3.1'],
  ['libtool', 'Libtool-exception'],
  ['linux-syscall-note', 'Linux-syscall-note'],
  ['llvm', 'LLVM-exception'],
]);

const longestName = 100;

/**
 * One licence of a Debian copyright file, as `GPL-2+ with Autoconf exception`, as one term of an SPDX expression, as
 * `GPL-2.0-or-later WITH Autoconf-exception-2.0`. A licence without an SPDX name is a `LicenseRef-` by its Debian name.
 */
export function spdxTerm(text: string): string {
  const [, license, exception] =
    /^(.+?)(?:\s+with\s+(?:the\s+)?|-with-)(.+?)(?:[\s-]+exceptions?)?$/iu.exec(text) ?? [];
  if (/^LicenseRef-[A-Za-z0-9.-]+$/u.test(text)) return text;
  if (license === undefined || exception === undefined) return spdxLicense(text) ?? licenseReference(text);
  const base = spdxLicense(license);
  const known = base === undefined ? undefined : exceptionOf(base, exception);
  return known === undefined ? licenseReference(text) : `${base} WITH ${known}`;
}

/** `LicenseRef-` and what of `text` an identifier may have. */
export function licenseReference(text: string): string {
  const id = text
    .replaceAll(/\+(?=\s|$)/gu, '-or-later')
    .replaceAll(/[^A-Za-z0-9.]+/gu, '-')
    .replaceAll(/^[-.]+|[-.]+$/gu, '')
    .slice(0, longestName);
  return `LicenseRef-${id === '' ? 'unnamed' : id}`;
}

function spdxLicense(text: string): string | undefined {
  const name = text.toLowerCase();
  const known = names.get(name) ?? gnuLicense(text) ?? identifiers.get(name) ?? identifiers.get(`${name}.0`);
  if (known !== undefined) return known;
  return isSpdxLicense(text) ? text : undefined;
}

/** `GPL-2+`, `LGPLv2.1`, `GPL3+`, `GPL-2.0-or-later`, `GFDL-NIV-1.3+`. */
function gnuLicense(text: string): string | undefined {
  const match = /^(A?GPL|LGPL|GFDL)(-NIV)?-?v?(\d+(?:\.\d+)*)(\+|-or-later|-only)?$/iu.exec(text);
  const family = match?.[1]?.toUpperCase() ?? '';
  const [major = '', minor = '0', ...rest] = (match?.[3] ?? '').split('.');
  const version = `${major}.${minor}`;
  if (gnuVersions[family]?.includes(version) !== true || rest.some((part) => part !== '0')) return undefined;
  const invariants = match?.[2] === undefined ? '' : '-no-invariants';
  if (invariants !== '' && family !== 'GFDL') return undefined;
  const suffix = match?.[4]?.toLowerCase();
  return `${family}-${version}${invariants}${suffix === '+' || suffix === '-or-later' ? '-or-later' : '-only'}`;
}

function exceptionOf(license: string, text: string): string | undefined {
  const name = text.toLowerCase().replaceAll(/\s+/gu, '-');
  const known = exceptions.get(name);
  if (known !== undefined) return known;
  // The exceptions of autoconf and GCC came anew with version 3 of the GPL.
  const newer = license.startsWith('GPL-3.0');
  if (name === 'autoconf') return newer ? 'Autoconf-exception-3.0' : 'Autoconf-exception-2.0';
  if (name === 'gcc') return newer ? 'GCC-exception-3.1' : 'GCC-exception-2.0';
  return undefined;
}

function isSpdxLicense(text: string): boolean {
  // A reference into another document is no name.
  if (/Ref-/iu.test(text)) return false;
  try {
    const parsed = parse(text);
    return 'license' in parsed && parsed.license === text;
  } catch {
    return false;
  }
}
