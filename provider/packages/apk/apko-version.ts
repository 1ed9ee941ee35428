/** A version as apko reads it: fewer forms than apk allows, and all of its numbers are compared as numbers. */
export interface ApkoVersion {
  readonly numbers: readonly number[];
  /** What follows the numbers, each of higher weight than the next, in the order in which apko compares them. */
  readonly rest: readonly number[];
}

export type ApkoOperator = 'any' | '=' | '<' | '<=' | '>' | '>=' | '~';

const pattern =
  /^([0-9]+(?:\.[0-9]+)*)([a-z]?)(?:_(alpha|beta|pre|rc)([0-9]*))?(?:_(cvs|svn|git|hg|p)([0-9]*))?(?:-r([0-9]+))?$/;
const before = ['alpha', 'beta', 'pre', 'rc'];
const after = ['cvs', 'svn', 'git', 'hg', 'p'];
/** A release comes after everything that is before one. */
const release = before.length;
/** What stands for a part that a version does not state. */
const unstated = [0, release, 0, -1, 0, 0];

/** Reads `text`; undefined when apko would not, as for `1.2~3` or `1.2.3_rc1_rc2`. */
export function readApkoVersion(text: string): ApkoVersion | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, numbers = '', letter = '', early, earlyNumber, late, lateNumber, revision] = match;
  return {
    numbers: numbers.split('.').map(Number),
    rest: [
      letter === '' ? 0 : letter.charCodeAt(0),
      early === undefined ? release : before.indexOf(early),
      Number(earlyNumber ?? 0),
      late === undefined ? -1 : after.indexOf(late),
      Number(lateNumber ?? 0),
      Number(revision ?? 0),
    ],
  };
}

/** Negative when `left` is the older. Without a revision it is that of `-r0`. */
export function compareApkoVersions(left: ApkoVersion, right: ApkoVersion): number {
  return compareLists(left.numbers, right.numbers) || compareLists(left.rest, right.rest);
}

/** Whether `version` is what `operator` and `wanted` ask for. */
export function meetsApkoVersion(version: ApkoVersion, operator: ApkoOperator, wanted: ApkoVersion): boolean {
  if (operator === 'any') return true;
  if (operator === '~') return goesOnFrom(version, wanted);
  const order = compareApkoVersions(version, wanted);
  if (order === 0) return operator.includes('=');
  return operator.startsWith(order < 0 ? '<' : '>');
}

/** Whether `version` begins with all that `wanted` states. */
function goesOnFrom(version: ApkoVersion, wanted: ApkoVersion): boolean {
  if (version.numbers.length < wanted.numbers.length) return false;
  if (!wanted.numbers.every((number, at) => number === version.numbers[at])) return false;
  if (version.numbers.length > wanted.numbers.length) return true;
  return wanted.rest.every((part, at) => part === unstated[at] || part === version.rest[at]);
}

function compareLists(left: readonly number[], right: readonly number[]): number {
  for (const [at, number] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    if (number !== other) return number - other;
  }
  return left.length - right.length;
}
