import fc from 'fast-check';
import parse from 'spdx-expression-parse';
import { describe, expect, it } from 'vitest';
import { licenseOf } from './copyright.js';

const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/';

/** A machine-readable file whose files have `licenses`. */
function copyright(...licenses: readonly string[]): string {
  const stanzas = licenses.map((license, at) => `Files: part${at}/*\nCopyright: 2020 Someone\nLicense: ${license}\n`);
  return [`${format}\nUpstream-Name: demo\n`, ...stanzas].join('\n');
}

describe('one licence', () => {
  it.each([
    ['GPL-2', 'GPL-2.0-only'],
    ['GPL-2+', 'GPL-2.0-or-later'],
    ['GPL-2.0+', 'GPL-2.0-or-later'],
    ['GPLv3+', 'GPL-3.0-or-later'],
    ['GPL3', 'GPL-3.0-only'],
    ['gpl-1+', 'GPL-1.0-or-later'],
    ['GPL-2.0-only', 'GPL-2.0-only'],
    ['GPL-3.0-or-later', 'GPL-3.0-or-later'],
    ['LGPL-2.1+', 'LGPL-2.1-or-later'],
    ['LGPL-2', 'LGPL-2.0-only'],
    ['AGPL-3+', 'AGPL-3.0-or-later'],
    ['GFDL-1.3', 'GFDL-1.3-only'],
    ['GFDL-NIV-1.3+', 'GFDL-1.3-no-invariants-or-later'],
    ['Expat', 'MIT'],
    ['MIT', 'MIT'],
    ['BSD-2-clause', 'BSD-2-Clause'],
    ['BSD-3-clause', 'BSD-3-Clause'],
    ['Apache-2.0', 'Apache-2.0'],
    ['Apache-2', 'Apache-2.0'],
    ['Artistic', 'Artistic-1.0-Perl'],
    ['CC0-1.0', 'CC0-1.0'],
    ['zlib', 'Zlib'],
    ['ISC', 'ISC'],
    ['curl', 'curl'],
    ['MPL-2.0', 'MPL-2.0'],
    ['W3C', 'W3C'],
    ['GPL-2+ with Autoconf exception', 'GPL-2.0-or-later WITH Autoconf-exception-2.0'],
    ['GPL-3+ with autoconf exception', 'GPL-3.0-or-later WITH Autoconf-exception-3.0'],
    ['GPL-3+-WITH-BISON-EXCEPTION', 'GPL-3.0-or-later WITH Bison-exception-2.2'],
    ['GPL-2+ with Libtool exception', 'GPL-2.0-or-later WITH Libtool-exception'],
    ['GPL-2 with Linux-syscall-note exception', 'GPL-2.0-only WITH Linux-syscall-note'],
    ['GPL-3+ with GCC-Runtime-3.1 exception', 'GPL-3.0-or-later WITH GCC-exception-3.1'],
    ['Apache-2.0 with LLVM exception', 'Apache-2.0 WITH LLVM-exception'],
  ])('%s is %s', (license, expression) => {
    expect(licenseOf(copyright(license))).toBe(expression);
  });

  it.each([
    ['GPL', 'LicenseRef-GPL'],
    ['GPL-4+', 'LicenseRef-GPL-4-or-later'],
    ['GPL-2.7', 'LicenseRef-GPL-2.7'],
    ['GPL-NIV-2', 'LicenseRef-GPL-NIV-2'],
    ['public-domain', 'LicenseRef-public-domain'],
    ['Public-Domain', 'LicenseRef-public-domain'],
    ['BSD-3-clause-with-weird-numbering', 'LicenseRef-BSD-3-clause-with-weird-numbering'],
    ['GPL-2+ with OpenSSL exception', 'LicenseRef-GPL-2-or-later-with-OpenSSL-exception'],
    ['MIT/X11', 'LicenseRef-MIT-X11'],
    ['OpenSSL+SSLeay', 'LicenseRef-OpenSSL-SSLeay'],
    ['Lizenz-für-alle', 'LicenseRef-Lizenz-f-r-alle'],
    ['???', 'LicenseRef-unnamed'],
  ])('%s has no SPDX name and is %s', (license, expression) => {
    expect(licenseOf(copyright(license))).toBe(expression);
  });

  it('refers to prose by the digest of the whole text, not by its first words', () => {
    const first = licenseOf(copyright('Permission to use, copy, modify, and distribute this\n is granted to Alice.'));
    const second = licenseOf(copyright('Permission to use, copy, modify, and distribute this\n is granted to Bob.'));
    expect(first).toMatch(/^LicenseRef-text-[0-9a-f]{12}$/);
    expect(second).toMatch(/^LicenseRef-text-[0-9a-f]{12}$/);
    expect(first).not.toBe(second);
  });
});

describe('several licences', () => {
  it.each([
    ['GPL-2+ or Artistic-2.0', 'Artistic-2.0 OR GPL-2.0-or-later'],
    ['GPL-2+ and MIT', 'GPL-2.0-or-later AND MIT'],
    ['GPL-2+ and MIT or ISC', '(GPL-2.0-or-later AND MIT) OR ISC'],
    ['GPL-1+ or Artistic, and Expat', '(Artistic-1.0-Perl OR GPL-1.0-or-later) AND MIT'],
    ['ISC, and GPL-1+ or Artistic', '(Artistic-1.0-Perl OR GPL-1.0-or-later) AND ISC'],
    ['ISC, MIT', 'ISC AND MIT'],
    ['Apache-2.0 and/or Expat', 'Apache-2.0 OR MIT'],
    ['LGPLv3+_or_GPLv2+', 'GPL-2.0-or-later OR LGPL-3.0-or-later'],
    ['GPL-2+ with Libtool exception and MIT', 'GPL-2.0-or-later WITH Libtool-exception AND MIT'],
    ['MIT and Expat', 'MIT'],
    [', and', 'LicenseRef-and'],
  ])('%s is %s', (license, expression) => {
    expect(licenseOf(copyright(license))).toBe(expression);
  });

  it('joins all stanzas, each licence once, in an order that is not the order of the file', () => {
    const expression = 'BSD-3-Clause AND (GPL-2.0-only OR MIT) AND ISC';
    expect(licenseOf(copyright('ISC', 'GPL-2 or Expat', 'BSD-3-clause', 'ISC'))).toBe(expression);
    expect(licenseOf(copyright('BSD-3-clause', 'ISC', 'Expat or GPL-2'))).toBe(expression);
  });

  it('counts the licence of the header and stand-alone licence paragraphs', () => {
    expect(
      licenseOf(`${format}\nLicense: ISC\n\nLicense: Expat\n Permission is hereby granted …\n .\n More: text\n`),
    ).toBe('ISC AND MIT');
  });
});

describe('files in another form', () => {
  it.each([
    ['empty', ''],
    ['no licence', `${format}\n\nFiles: *\nCopyright: me\n`],
    ['a licence without a name', `${format}\n\nFiles: *\nLicense:\n All rights given.\n`],
  ])('%s says nothing', (_, text) => {
    expect(licenseOf(text)).toBeUndefined();
  });

  it.each([
    ['prose', 'This package was debianized by Someone.\n\nLicense: GPL\n'],
    ['a Format of something else', 'Format: 3.0 (quilt)\n\nFiles: *\nLicense: MIT\n'],
  ])('%s is a licence of its own', (_, text) => {
    expect(licenseOf(text)).toMatch(/^LicenseRef-text-[0-9a-f]{12}$/);
    expect(licenseOf(`${text}\n  `)).toBe(licenseOf(text));
    expect(licenseOf(`${text} or not`)).not.toBe(licenseOf(text));
  });

  it.each([
    ['carriage returns', `${format}\r\n\r\nFiles: *\r\nLicense: MIT\r\n`],
    ['a byte order mark', `\uFEFF${format}\n\nFiles: *\nLicense: MIT\n`],
    ['an old address', 'Format: http://dep.debian.net/deps/dep5/\n\nFiles: *\nLicense: MIT\n'],
    [
      'other letters and a tab',
      'FORMAT: http://svn.debian.org/wsvn/dep/web/deps/dep5.mdwn\n\nfiles: *\nLICENSE:\tMIT\n',
    ],
  ])('%s does no harm', (_, text) => {
    expect(licenseOf(text)).toBe('MIT');
  });
});

it('gives a valid expression for any words', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'GPL-2+',
      'or',
      'and',
      ',',
      'with',
      'exception',
      'Expat',
      '(',
      ')',
      'and/or',
      '+',
      '-',
      'WITH',
      'LicenseRef-',
    ),
    fc.string({ maxLength: 8, unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(word, { maxLength: 8 }), { maxLength: 5 }), (licenses) => {
      const expression = licenseOf(copyright(...licenses.map((words) => words.join(' '))));
      if (expression !== undefined) expect(() => parse(expression)).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

describe('prose that points to common licenses', () => {
  const later = 'either version 2 of the License, or (at your option) any later\n version.\n';
  const place = '/usr/share/common-licenses';

  it.each([
    [`See ${place}/GPL-2.\n`, 'GPL-2.0-only'],
    [`${later}See \`${place}/GPL-2'.\n`, 'GPL-2.0-or-later'],
    [
      `${later}See ${place}/GPL-3 for it. The library: version 2.1, ${place}/LGPL-2.1`,
      'GPL-3.0-or-later AND LGPL-2.1-only',
    ],
    [`See ${place}/GPL and ${place}/LGPL`, 'GPL-1.0-or-later AND LGPL-2.0-or-later'],
    [`${place}/Apache-2.0. ${place}/Artistic, ${place}/BSD`, 'Apache-2.0 AND Artistic-1.0-Perl AND LicenseRef-BSD'],
    [` * any\n * later version\n * ${place}/GFDL-1.3`, 'GFDL-1.3-or-later'],
  ])('%j is %s', (text, expression) => {
    expect(licenseOf(text)).toBe(expression);
  });

  it.each([
    ['Permission is hereby granted, free of charge, to any person obtaining\n a copy …', 'GPL-2.0-only'],
    ['Permission to use, copy, modify, and distribute this software …', 'GPL-2.0-only'],
    [' Redistribution and use in source\n and binary forms …', 'GPL-2.0-only'],
  ])('and has the text of another licence, as %j, is that as well', (text, pointed) => {
    const expression = licenseOf(`The program:\n${text}\n\nIts packaging: see ${place}/GPL-2.\n`);
    expect(expression).toMatch(new RegExp(`^${pointed} AND LicenseRef-text-[0-9a-f]{12}$`, 'u'));
  });

  it('and has the licence of Python, by its titles, names that', () => {
    const text = [
      'PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2',
      '1. This LICENSE AGREEMENT is between …',
      'BEOPEN.COM LICENSE AGREEMENT FOR PYTHON 2.0',
      `One file of the documentation: see ${place}/GPL-2.`,
    ].join('\n');
    expect(licenseOf(text)).toMatch(/^GPL-2.0-only AND LicenseRef-text-[0-9a-f]{12} AND Python-2.0$/u);
  });
});
