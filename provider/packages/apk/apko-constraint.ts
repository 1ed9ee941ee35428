import type { ApkoOperator } from './apko-version.js';

/** An atom of a list or a request, as apko reads it. */
export interface ApkoConstraint {
  readonly name: string;
  /** Empty when the atom states none. */
  readonly version: string;
  readonly operator: ApkoOperator;
  /** The tag of a repository; empty for none. */
  readonly tag: string;
}

const pattern = /^([^@=><~]+)(?:([=><~]+)([^@]+))?(?:@([a-zA-Z0-9]+))?$/;
const operators: Readonly<Record<string, ApkoOperator>> = {
  '=': '=',
  '>': '>',
  '<': '<',
  '>=': '>=',
  '<=': '<=',
  '~': '~',
  '=~': '~',
};

/** Reads `text`. What apko does not know as an operator asks for nothing; what is no atom at all is a name. */
export function readApkoConstraint(text: string): ApkoConstraint {
  const match = pattern.exec(ranked(text));
  if (match === null) return { name: text, version: '', operator: 'any', tag: '' };
  const [, name = '', signs = '', version = '', tag = ''] = match;
  return { name, version, operator: operators[signs] ?? 'any', tag };
}

/**
 * Wolfi's libraries used to provide a soname in its own number and now provide it in the version of the package: the former come
 * after all of the latter.
 */
function ranked(text: string): string {
  const at = text.indexOf('=');
  if (!text.startsWith('so:') || at < 0 || /-r[0-9]+$/.test(text)) return text;
  return `${text.slice(0, at)}=0.${text.slice(at + 1)}`;
}
