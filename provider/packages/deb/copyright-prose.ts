import { digestOf, hexOf } from '../../support/digest.js';
import { licenseReference, spdxTerm } from './license-name.js';

/** Every Debian system has these texts, and copyright files point to them in place of repeating them. */
const commonLicense = /\/usr\/share\/common-licenses\/(?<name>[A-Za-z][A-Za-z0-9+-]*(?:\.\d+)*)/gu;

/** Words of the text of a licence itself; a notice that points to one has none of them. */
const licenseText =
  /permission\s+(?:is\s+hereby\s+granted|to\s+use,\s+copy)|redistribution\s+and\s+use\s+in\s+source|license\s+agreement/iu;

/** The titles in the texts that are Python's licence together: https://spdx.org/licenses/Python-2.0.html */
const pythonTitles = ['PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2', 'BEOPEN.COM LICENSE AGREEMENT FOR PYTHON 2.0'];

/** How much of the text before a reference belongs to it: the notice that ends by naming where the licence is. Characters. */
const noticeLength = 2000;

/**
 * The licences of a copyright file that is written for people alone, as SPDX expressions: those common licenses that it points to,
 * `-or-later` where its notice offers any later version. A file that points to none, or has the text of a licence in it as well, is a
 * licence of its own, by the digest of its text: what it points to is not all that holds then. Never empty.
 */
export function licensesOfProse(text: string): readonly string[] {
  const terms = new Set<string>();
  let behind = 0;
  for (const reference of text.matchAll(commonLicense)) {
    const notice = text.slice(Math.max(behind, reference.index - noticeLength), reference.index);
    terms.add(spdxTerm(shortName(reference.groups?.['name'] ?? '', notice)));
    behind = reference.index + reference[0].length;
  }
  if (pythonTitles.every((title) => text.includes(title))) terms.add('Python-2.0');
  if (terms.size === 0 || licenseText.test(text)) {
    terms.add(licenseReference(`text-${hexOf(digestOf(text.trim().replaceAll(/\s+/gu, ' '))).slice(0, 12)}`));
  }
  return [...terms].sort();
}

/** `GPL-2` as Debian's short names have it: `GPL-2+` when the notice offers later versions. A bare `GPL` is any version. */
function shortName(name: string, notice: string): string {
  if (!/^(?:GPL|LGPL|AGPL|GFDL)(?:-|$)/u.test(name)) return name;
  const [family = '', version] = name.split('-', 2);
  if (version === undefined) return `${family}-${lowest.get(family) ?? '1'}+`;
  return /any\s+(?:\S+\s+){0,3}?later\s+version/iu.test(notice.replaceAll(/^\W+/gmu, ' ')) ? `${name}+` : name;
}

/** The first version of each family that is at least what an unversioned name stands for. */
const lowest: ReadonlyMap<string, string> = new Map([
  ['GPL', '1'],
  ['LGPL', '2'],
  ['AGPL', '3'],
  ['GFDL', '1.1'],
]);
