import type { VersionOrder } from '../package.js';

const zero = 48;
const nine = 57;
const tilde = 126;

/** The parts of a Debian version: `[epoch:]upstream[-revision]`. */
export interface DebVersion {
  /** Digits; `0` when there is none. */
  readonly epoch: string;
  readonly upstream: string;
  /** Empty when there is none, which orders as `0` does. */
  readonly revision: string;
}

/** The parts of `version`; never throws, what cannot be told apart is upstream. */
export function parseDebVersion(version: string): DebVersion {
  const colon = version.indexOf(':');
  const dash = version.lastIndexOf('-');
  const hasRevision = dash > colon;
  return {
    epoch: colon === -1 ? '0' : version.slice(0, colon),
    upstream: version.slice(colon + 1, hasRevision ? dash : undefined),
    revision: hasRevision ? version.slice(dash + 1) : '',
  };
}

/** What upstream calls the version: `1:8.2.7-1~deb12u1` is `8.2.7`. */
export function upstreamVersion(version: string): string {
  return parseDebVersion(version).upstream;
}

/**
 * The order of two Debian versions as dpkg has it: epoch, upstream version, revision; `~` before the end, letters before
 * all else, digits as numbers without leading zeros
 * (https://www.debian.org/doc/debian-policy/ch-controlfields.html#version).
 */
export const compareDebVersions: VersionOrder = (left, right) => {
  if (left === right) return 0;
  const leftColon = left.indexOf(':');
  const rightColon = right.indexOf(':');
  if (leftColon !== -1 || rightColon !== -1) {
    const epochs = comparePart(left, 0, Math.max(leftColon, 0), right, 0, Math.max(rightColon, 0));
    if (epochs !== 0) return epochs;
  }
  const leftDash = dashOf(left, leftColon);
  const rightDash = dashOf(right, rightColon);
  const upstreams = comparePart(left, leftColon + 1, leftDash, right, rightColon + 1, rightDash);
  if (upstreams !== 0) return upstreams;
  return comparePart(left, leftDash + 1, left.length, right, rightDash + 1, right.length);
};

/** Where the revision's dash is; the end when there is no revision. */
function dashOf(version: string, colon: number): number {
  const dash = version.lastIndexOf('-');
  return dash > colon ? dash : version.length;
}

/** Compares `left` from `i` to before `leftEnd` with `right` from `j` to before `rightEnd`, as dpkg's verrevcmp. */
function comparePart(
  left: string,
  leftStart: number,
  leftEnd: number,
  right: string,
  rightStart: number,
  rightEnd: number,
): number {
  let i = leftStart;
  let j = rightStart;
  while (i < leftEnd || j < rightEnd) {
    while ((i < leftEnd && !isDigit(left.charCodeAt(i))) || (j < rightEnd && !isDigit(right.charCodeAt(j)))) {
      const difference = weightAt(left, i, leftEnd) - weightAt(right, j, rightEnd);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    while (i < leftEnd && left.charCodeAt(i) === zero) i += 1;
    while (j < rightEnd && right.charCodeAt(j) === zero) j += 1;
    let first = 0;
    while (i < leftEnd && j < rightEnd && isDigit(left.charCodeAt(i)) && isDigit(right.charCodeAt(j))) {
      if (first === 0) first = left.charCodeAt(i) - right.charCodeAt(j);
      i += 1;
      j += 1;
    }
    if (i < leftEnd && isDigit(left.charCodeAt(i))) return 1;
    if (j < rightEnd && isDigit(right.charCodeAt(j))) return -1;
    if (first !== 0) return first;
  }
  return 0;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** dpkg's order of what is not a digit: `~`, the end and digits, letters, the rest. */
function weightAt(text: string, at: number, end: number): number {
  if (at >= end) return 0;
  const code = text.charCodeAt(at);
  if (isDigit(code)) return 0;
  if (code === tilde) return -1;
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter ? code : code + 256;
}
