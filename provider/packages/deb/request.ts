import { PrivateImageError } from '../../support/errors.js';
import type { Architecture } from '../package.js';
import type { DebConstraint, DebOperator } from './relation.js';

/** A user's request for a package. */
export interface DebRequest {
  readonly name: string;
  readonly constraint: DebConstraint | undefined;
  /** What the version has to go on from, where `~` is asked for. */
  readonly prefix: string | undefined;
}

/** What kinds of error a request has. */
export type RequestErrorCode = 'request/malformed';

const requestShape =
  /^(?<name>[a-z0-9][a-z0-9+.-]*)(?::(?<qualifier>[a-z0-9-]+))?\s*(?:(?<operator><<|<=|>=|>>|=|<|>|~)\s*(?<version>[0-9][A-Za-z0-9.+~:-]*))?$/;

/**
 * Reads `name`, `name=version`, `name>=version` (`<<`, `<=`, `>=`, `>>`; `<` and `>` leave the version itself out) or `name~1.2`.
 * A name may carry its own architecture, `any` or `native` after a colon. Throws `request/malformed`.
 */
export function parseDebRequest(text: string, architecture: Architecture): DebRequest {
  const groups = requestShape.exec(text.trim())?.groups;
  const name = groups?.['name'];
  if (groups === undefined || name === undefined || !isOwnQualifier(groups['qualifier'], architecture)) {
    throw malformed(text);
  }
  const version = groups['version'];
  const sign = groups['operator'];
  if (version === undefined || sign === undefined) return { name, constraint: undefined, prefix: undefined };
  if (sign === '~') return { name, constraint: undefined, prefix: version };
  return { name, constraint: { operator: operatorOf(sign), version }, prefix: undefined };
}

/** True when what is qualified so may be a package of `architecture`. */
export function isOwnQualifier(qualifier: string | undefined, architecture: Architecture): boolean {
  return qualifier === undefined || qualifier === 'any' || qualifier === 'native' || qualifier === architecture;
}

/** True for 1.2.7-1 and 1:1.2-1 from 1.2, but not for 1.20. */
export function goesOnFrom(version: string, prefix: string): boolean {
  const plain = prefix.includes(':') ? version : version.replace(/^\d+:/, '');
  if (!plain.startsWith(prefix)) return false;
  const last = prefix.at(-1) ?? '';
  const next = plain.at(prefix.length);
  return next === undefined || !(/\d/.test(last) && /\d/.test(next));
}

function operatorOf(sign: string): DebOperator {
  switch (sign) {
    case '<':
    case '<<':
      return '<<';
    case '>':
    case '>>':
      return '>>';
    case '<=':
    case '>=':
      return sign;
    default:
      return '=';
  }
}

/** What to write in place of what apt or dpkg would understand. */
function adviceFor(text: string): string {
  const name = /^!?([a-z0-9][a-z0-9+.-]*)/.exec(text)?.[1];
  const beginning = /^[^=]+=\s*([0-9][A-Za-z0-9.+~:-]*?)\.?\*$/.exec(text)?.[1];
  const relation = /^[^ (]+\s*\(\s*([<>=]+)\s*([^ )]+)\s*\)$/.exec(text);
  if (name === undefined) return standardAdvice;
  if (beginning !== undefined) return `"${name}~${beginning}" for every version that begins so`;
  if (relation !== null) return `"${name}${relation[1] ?? ''}${relation[2] ?? ''}"`;
  if (text.startsWith('!')) return 'nothing: a package is there only when it is asked for, or needed by one that is';
  if (text.startsWith(`${name}:`)) return `"${name}": packages are those of the architecture that is built`;
  if (text.startsWith(`${name}/`)) return `"${name}=version": a suite is no part of a request`;
  return standardAdvice;
}

const standardAdvice = '"name", "name=version", "name>=version" or "name~1.2"';

function malformed(text: string): PrivateImageError<RequestErrorCode> {
  return new PrivateImageError<RequestErrorCode>(
    'request/malformed',
    `Not a package request: ${JSON.stringify(text)}`,
    {
      hint: `Write ${adviceFor(text.trim())}.`,
      data: { request: text },
    },
  );
}
