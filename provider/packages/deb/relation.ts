import { PrivateImageError } from '../../support/errors.js';
import type { VersionOrder } from '../package.js';
import { compareDebVersions } from './version.js';

/** How a version is compared; `<` and `>` of old packages mean `<=` and `>=`. */
export type DebOperator = '<<' | '<=' | '=' | '>=' | '>>';

/** One alternative of a relation: a name with what restricts it. */
export interface DebAlternative {
  readonly name: string;
  readonly constraint: DebConstraint | undefined;
  /** `any`, `native` or an architecture; undefined when there is none. */
  readonly qualifier: string | undefined;
  /** `[amd64 !arm64]`; empty when it applies everywhere. */
  readonly architectures: readonly string[];
  /** `<!nocheck> <cross>`: one list a pair of angle brackets; empty when it applies always. */
  readonly profiles: readonly (readonly string[])[];
}

/** What a version has to be. */
export interface DebConstraint {
  readonly operator: DebOperator;
  readonly version: string;
}

/** One comma-separated part of a relation field: met when any of its alternatives is. */
export interface DebRelation {
  /** As its author wrote it, white space made single. */
  readonly text: string;
  readonly alternatives: readonly DebAlternative[];
}

/** What kinds of error reading a relation has. */
export type RelationErrorCode = 'relation/malformed';

/** What nearly all alternatives are: a name, with or without a version. */
const plainShape = /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?: \((<<|<=|=|>=|>>) ([A-Za-z0-9.+~:-]+)\))?$/;
const shape =
  /^(?<name>[^\s()[\]<>|,:]+)(?::(?<qualifier>[^\s()[\]<>|,:]+))?\s*(?:\(\s*(?<operator><<|<=|>=|>>|=|<|>)?\s*(?<version>[^\s()<>=|]+)\s*\))?\s*(?:\[(?<architectures>[^\]]*)\])?\s*(?<profiles>(?:<[^>]*>\s*)*)$/;

/**
 * The relations of a field as `Depends`, `Conflicts` or `Provides`
 * (https://www.debian.org/doc/debian-policy/ch-relationships.html). Throws `relation/malformed`.
 */
export function parseRelations(field: string): readonly DebRelation[] {
  return partsOf(field).map(parseRelation);
}

/** The comma-separated parts of a field that say something, white space made single. */
function partsOf(field: string): readonly string[] {
  const plain = /[^\S ]| {2}/.test(field) ? field.replaceAll(/\s+/g, ' ') : field;
  return plain
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseRelation(text: string): DebRelation {
  const alternatives = text.includes('|') ? text.split('|') : [text];
  return { text, alternatives: alternatives.map((one) => parseAlternative(one.trim(), text)) };
}

/** A reader of relation fields that remembers what it has read: equal text gives the same object, of a field and of its parts. */
export function relationReader(): (field: string | undefined) => readonly DebRelation[] {
  const known = new Map<string, readonly DebRelation[]>();
  const parts = new Map<string, DebRelation>();
  const none: readonly DebRelation[] = [];
  const partOf = (text: string): DebRelation => {
    const found = parts.get(text);
    if (found !== undefined) return found;
    const relation = parseRelation(text);
    parts.set(text, relation);
    return relation;
  };
  return (field) => {
    if (field === undefined || field === '') return none;
    const found = known.get(field);
    if (found !== undefined) return found;
    const relations = partsOf(field).map(partOf);
    known.set(field, relations);
    return relations;
  };
}

/** True when `version` is what `constraint` asks for; no constraint asks for nothing. */
export function satisfies(
  version: string,
  constraint: DebConstraint | undefined,
  order: VersionOrder = compareDebVersions,
): boolean {
  if (constraint === undefined) return true;
  const difference = order(version, constraint.version);
  switch (constraint.operator) {
    case '<<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '=':
      return difference === 0;
    case '>=':
      return difference >= 0;
    case '>>':
      return difference > 0;
  }
}

/** True when the alternative counts on `architecture` with `profiles` active. */
export function applies(one: DebAlternative, architecture: string, profiles: readonly string[] = []): boolean {
  return appliesToArchitecture(one.architectures, architecture) && appliesToProfiles(one.profiles, profiles);
}

/** True when `pattern` of Policy 11.1 (`any`, `linux-any`, `any-amd64`, `amd64`) takes in the Linux architecture `architecture`. */
function matchesArchitecture(pattern: string, architecture: string): boolean {
  return [architecture, 'any', 'linux-any', `any-${architecture}`, `linux-${architecture}`].includes(pattern);
}

function appliesToArchitecture(patterns: readonly string[], architecture: string): boolean {
  if (patterns.length === 0) return true;
  const isNegative = patterns.every((pattern) => pattern.startsWith('!'));
  const named = patterns.some((pattern) => matchesArchitecture(pattern.replace(/^!/, ''), architecture));
  return isNegative ? !named : patterns.some((pattern) => matchesArchitecture(pattern, architecture));
}

function appliesToProfiles(lists: readonly (readonly string[])[], active: readonly string[]): boolean {
  if (lists.length === 0) return true;
  return lists.some((list) =>
    list.every((term) => (term.startsWith('!') ? !active.includes(term.slice(1)) : active.includes(term))),
  );
}

const nothing: readonly never[] = [];

function parseAlternative(text: string, whole: string): DebAlternative {
  const plain = plainShape.exec(text);
  const plainName = plain?.[1];
  if (plainName !== undefined) {
    const version = plain?.[3];
    const constraint = version === undefined ? undefined : { operator: operatorOf(plain?.[2]), version };
    return { name: plainName, constraint, qualifier: undefined, architectures: nothing, profiles: nothing };
  }
  const groups = shape.exec(text)?.groups;
  const name = groups?.['name'];
  if (groups === undefined || name === undefined) throw malformed(text, whole);
  const version = groups['version'];
  return {
    name,
    constraint: version === undefined ? undefined : { operator: operatorOf(groups['operator']), version },
    qualifier: groups['qualifier'],
    architectures: wordsOf(groups['architectures']),
    profiles: [...(groups['profiles'] ?? '').matchAll(/<([^>]*)>/g)].map((match) => wordsOf(match[1])),
  };
}

/** dpkg reads a version without an operator as `=`, and the obsolete single signs as "or equal". */
function operatorOf(text: string | undefined): DebOperator {
  switch (text) {
    case '<<':
    case '<=':
    case '>=':
    case '>>':
      return text;
    case '<':
      return '<=';
    case '>':
      return '>=';
    default:
      return '=';
  }
}

function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

function malformed(text: string, whole: string): PrivateImageError<RelationErrorCode> {
  return new PrivateImageError<RelationErrorCode>(
    'relation/malformed',
    `Not a package relation: ${JSON.stringify(text === '' ? whole : text)}`,
    { hint: 'A relation is "name (>= version)", alternatives are separated by "|".', data: { relation: whole } },
  );
}

const [colon, comma, bar, space, tab] = [58, 44, 124, 32, 9];
const nameEnds = new Set(Array.from(' \t\n\r\f\v(),|[]<>:', (end) => end.charCodeAt(0)));

/** The names that `field` speaks of, in order; those with an architecture are names of their own to apt, and left out. */
export function mentionedNames(field: string): readonly string[] {
  const names: string[] = [];
  for (let start = 0; start < field.length; ) {
    let end = start;
    while (end < field.length && !nameEnds.has(field.charCodeAt(end))) end += 1;
    if (end > start && field.charCodeAt(end) !== colon) names.push(field.slice(start, end));
    while (end < field.length && field.charCodeAt(end) !== comma && field.charCodeAt(end) !== bar) end += 1;
    start = end + 1;
    while (field.charCodeAt(start) === space || field.charCodeAt(start) === tab) start += 1;
  }
  return names;
}
