import type { VersionOrder } from '../package.js';

/**
 * How a version may be bound: the comparisons, `~` for "begins with the parts of", `<~` and `>~` for "less (greater) or
 * begins with", and `><` for one exact package by its checksum.
 */
export type VersionOperator = '=' | '<' | '<=' | '>' | '>=' | '~' | '<~' | '>~' | '><';

/**
 * What a part of a version is. The number is its rank: parts come in this order, and where one version ends or goes
 * on with a part of a higher rank while the other has one of a lower rank, the lower rank is the greater version.
 */
const rank = { first: 0, number: 1, letter: 2, suffix: 3, suffixNumber: 4, commit: 5, revision: 6, end: 7, invalid: 8 };

interface Part {
  readonly rank: number;
  readonly value: string;
}

/** In the order of the format; those before `''` (no suffix) come before the release. */
const suffixes = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const noSuffix = suffixes.indexOf('');

/**
 * The order of apk versions: `number{.number}{letter}{_suffix{number}}{~hash}{-rN}`. A number after a dot that begins
 * with a zero, on either side, is compared as text (`1.05` before `1.1`), all others as numbers.
 *
 * Defined by apk-package(5), https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk-package.5.scd;
 * text that is no version is ordered by what can be read of it.
 */
export const compareVersions: VersionOrder = (left, right) => compareParts(left, right, false);

/** True when `version` is one by the grammar of apk-package(5). */
export function isVersion(version: string): boolean {
  let at = 0;
  let part = firstPart(version);
  while (part.rank < rank.end) {
    at += lengthOf(part);
    part = nextPart(version, at, part.rank);
  }
  return part.rank === rank.end;
}

/**
 * Whether `version` is what `operator` and `wanted` ask for. `><` is about checksums, so it is never met here.
 */
export function matchesVersion(version: string, operator: VersionOperator, wanted: string): boolean {
  if (operator === '><') return false;
  const order = compareParts(version, wanted, operator.includes('~'));
  if (order === 0) return operator !== '<' && operator !== '>';
  return operator.startsWith(order < 0 ? '<' : '>');
}

/** The version without its package revision: `8.4.12-r0` → `8.4.12`. */
export function upstreamVersion(version: string): string {
  return version.replace(/-r\d+$/, '');
}

function compareParts(left: string, right: string, prefix: boolean): number {
  let leftAt = 0;
  let rightAt = 0;
  let one = firstPart(left);
  let other = firstPart(right);
  while (one.rank === other.rank && one.rank < rank.end) {
    const order = comparePart(one, other);
    if (order !== 0) return order;
    leftAt += lengthOf(one);
    rightAt += lengthOf(other);
    one = nextPart(left, leftAt, one.rank);
    other = nextPart(right, rightAt, other.rank);
  }
  if (one.rank === other.rank) return 0;
  if (prefix && other.rank === rank.end) return 0;
  if (isBeforeRelease(one)) return -1;
  if (isBeforeRelease(other)) return 1;
  return one.rank > other.rank ? -1 : 1;
}

function comparePart(one: Part, other: Part): number {
  switch (one.rank) {
    case rank.number:
      return one.value.startsWith('0') || other.value.startsWith('0')
        ? compareText(one.value, other.value)
        : compareNumbers(one.value, other.value);
    case rank.first:
    case rank.suffixNumber:
    case rank.revision:
      return compareNumbers(one.value, other.value);
    case rank.suffix:
      return Math.sign(suffixes.indexOf(one.value) - suffixes.indexOf(other.value));
    default:
      return compareText(one.value, other.value);
  }
}

function isBeforeRelease(part: Part): boolean {
  return part.rank === rank.suffix && suffixes.indexOf(part.value) < noSuffix;
}

function firstPart(text: string): Part {
  const value = digitsAt(text, 0);
  return value === '' ? invalidPart : { rank: rank.first, value };
}

/** The part that begins at `at`, given the rank of the one before. */
function nextPart(text: string, at: number, before: number): Part {
  if (at >= text.length) return { rank: rank.end, value: '' };
  const start = text.charAt(at);
  if (start >= 'a' && start <= 'z') return before <= rank.number ? { rank: rank.letter, value: start } : invalidPart;
  if (start >= '0' && start <= '9')
    return before === rank.suffix ? partOf(rank.suffixNumber, digitsAt(text, at)) : invalidPart;
  if (start === '.' && before <= rank.number) return partOf(rank.number, digitsAt(text, at + 1));
  if (start === '_' && before <= rank.suffixNumber) return suffixAt(text, at + 1);
  if (start === '~' && before < rank.commit) return partOf(rank.commit, spanAt(text, at + 1, '0123456789abcdef'));
  if (start === '-' && before < rank.revision && text.charAt(at + 1) === 'r')
    return partOf(rank.revision, digitsAt(text, at + 2));
  return invalidPart;
}

const invalidPart: Part = { rank: rank.invalid, value: '' };

function partOf(kind: number, value: string): Part {
  return value === '' ? invalidPart : { rank: kind, value };
}

function suffixAt(text: string, at: number): Part {
  const value = spanAt(text, at, 'abcdefghijklmnopqrstuvwxyz');
  return value !== '' && suffixes.includes(value) ? { rank: rank.suffix, value } : invalidPart;
}

/** How many characters a part takes up, with what announces it: `.`, `_`, `~` or `-r`. */
function lengthOf(part: Part): number {
  switch (part.rank) {
    case rank.number:
    case rank.suffix:
    case rank.commit:
      return part.value.length + 1;
    case rank.revision:
      return part.value.length + 2;
    default:
      return part.value.length;
  }
}

function digitsAt(text: string, at: number): string {
  return spanAt(text, at, '0123456789');
}

function spanAt(text: string, at: number, alphabet: string): string {
  let end = at;
  while (end < text.length && alphabet.includes(text.charAt(end))) end += 1;
  return text.slice(at, end);
}

function compareNumbers(one: string, other: string): number {
  const left = one.replace(/^0+(?=\d)/, '');
  const right = other.replace(/^0+(?=\d)/, '');
  return left.length === right.length ? compareText(left, right) : Math.sign(left.length - right.length);
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
