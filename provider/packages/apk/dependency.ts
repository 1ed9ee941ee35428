import { apkError } from './errors.js';
import { matchesVersion } from './version.js';
import type { VersionOperator } from './version.js';

/** What one atom of a dependency list, an install_if list or a request says: `[!]name[@tag][operator version]`. */
export interface Dependency {
  /** As its author wrote it. */
  readonly text: string;
  /** A package name, or a provided one such as `so:libc.musl-x86_64.so.1`, `cmd:sh`, `pc:zlib`. */
  readonly name: string;
  /** The atom forbids what it names. */
  readonly negative: boolean;
  /** Only in requests: the tag of the repository to take it from. */
  readonly tag: string | undefined;
  readonly constraint: VersionConstraint | undefined;
}

/** Which versions will do. For `><` the version is a checksum in the form `Q1…`. */
export interface VersionConstraint {
  readonly operator: VersionOperator;
  readonly version: string;
}

/**
 * One atom of a `provides` list. Without a version the name is virtual: several packages may provide it side by side.
 */
export interface Provision {
  readonly name: string;
  readonly version: string | undefined;
}

const atomPattern = /^(!?)([^<>=~@]+)(?:@([^<>=~@]+))?(?:([<>=~]+)([^<>=@]*))?(?:@([^<>=~@]+))?$/;
// A checksum is base64, whose padding is the operator's own character.
const checksumPattern = /^(!?)([^<>=~@]+)(?:><|<>)(Q[12][A-Za-z0-9+/]+=*)$/;
const namePattern = /^[A-Za-z0-9._+,:[\]/@%-]+$/;
const tagPattern = /^[A-Za-z0-9._+-]+$/;
// Wider than the grammar of versions: there are packages in Alpine whose versions it does not allow (`0.99f7-r1`).
const versionPattern = /^[A-Za-z0-9._+~-]+$/;

/**
 * Reads one atom, as apk-world(5) has it; `name@tag=1.2` and `name=1.2@tag` mean the same.
 * @throws `request/malformed` when it is none.
 */
export function parseDependency(text: string): Dependency {
  const found = readDependency(text);
  if (found !== undefined) return found;
  throw apkError('request/malformed', `Not a package request: ${JSON.stringify(text.slice(0, 200))}`, {
    hint: adviceFor(text),
    data: { request: text.slice(0, 200) },
  });
}

/** What to write, also in place of a pattern as other package managers have it. */
function adviceFor(text: string): string {
  const [, name, beginning] = /^([A-Za-z0-9._+-]+)=~?([0-9][A-Za-z0-9._+-]*?)\.?\*$/.exec(text) ?? [];
  return name === undefined || beginning === undefined
    ? 'Write name, name=1.2.3-r0, name>=1.2, name<2, name~1.2 (any 1.2.x) or name@tag.'
    : `Write ${name}~${beginning} for every version that begins so.`;
}

/**
 * Reads a request as people write it: an atom that may have blanks around it and its operator. Throws as
 * `parseDependency`.
 */
export function parseRequest(text: string): Dependency {
  return parseDependency(text.trim().replace(/[ \t]*([<>=~]+)[ \t]*/, '$1'));
}

/** Reads one atom; undefined when it is none. */
export function readDependency(text: string): Dependency | undefined {
  const checksum = checksumPattern.exec(text);
  if (checksum !== null) {
    const [, bang, name = '', version = ''] = checksum;
    return { text, name, negative: bang === '!', tag: undefined, constraint: { operator: '><', version } };
  }
  const match = atomPattern.exec(text);
  if (match === null) return undefined;
  const [, bang, name = '', earlyTag, signs, version = '', lateTag] = match;
  if (!namePattern.test(name) || (earlyTag !== undefined && lateTag !== undefined)) return undefined;
  const tag = earlyTag ?? lateTag;
  if (tag !== undefined && !tagPattern.test(tag)) return undefined;
  const operator = signs === undefined ? undefined : operatorOf(signs);
  if (signs !== undefined && (operator === undefined || !/^[0-9]/.test(version) || !versionPattern.test(version)))
    return undefined;
  return {
    text,
    name,
    negative: bang === '!',
    tag,
    constraint: operator === undefined ? undefined : { operator, version },
  };
}

/** The atoms of a list as it stands in an index: separated by blanks. */
export function splitAtoms(list: string | undefined): readonly string[] {
  return list === undefined ? [] : list.split(/[ \n\t]+/).filter((atom) => atom !== '');
}

/** Reads one atom of a `provides` list; undefined when it is none. */
export function readProvision(text: string): Provision | undefined {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!namePattern.test(name)) return undefined;
  if (equals < 0) return { name, version: undefined };
  const version = text.slice(equals + 1);
  return versionPattern.test(version) ? { name, version } : undefined;
}

/** The name in an atom of a list, whatever else it says; for finding who mentions a name. */
export function nameOfAtom(atom: string): string {
  return /^!?([^<>=~@]*)/.exec(atom)?.[1] ?? '';
}

/**
 * Whether something of `version` (undefined for a virtual provide) meets the positive side of `dependency`. A virtual
 * provide has no version that a constraint could be held against.
 */
export function meets(dependency: Dependency, version: string | undefined): boolean {
  if (dependency.constraint === undefined) return true;
  if (version === undefined) return false;
  return matchesVersion(version, dependency.constraint.operator, dependency.constraint.version);
}

/** apk reads the signs of an operator as a set: `=<` is `<=`, `~=` is `~`. */
function operatorOf(signs: string): VersionOperator | undefined {
  const less = signs.includes('<');
  const greater = signs.includes('>');
  const begins = signs.includes('~');
  if (less && greater) return undefined;
  if (begins) return less ? '<~' : greater ? '>~' : '~';
  const equal = signs.includes('=');
  if (less) return equal ? '<=' : '<';
  if (greater) return equal ? '>=' : '>';
  return '=';
}
