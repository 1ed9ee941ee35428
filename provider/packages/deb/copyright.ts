import { digestOf, hexOf } from '../../support/digest.js';
import { licensesOfProse } from './copyright-prose.js';
import { licenseReference, spdxTerm } from './license-name.js';

/** A licence expression: a term, or several under one operator. */
type Expression =
  | { readonly term: string }
  | { readonly operator: 'AND' | 'OR'; readonly parts: readonly Expression[] };

/** Copyright files are text for people; one beyond this many characters is something else. */
const longestFile = 16 * 1024 * 1024;

/** A short name has no spaces, but for an exception; a little tolerance tells names with a space from the prose of a licence. */
const nameOfLicense = /^\S+(?: \S+)?$|^\S+ with(?: \S+){1,8}$/iu;

/**
 * The licences of a Debian package as an SPDX expression, from the text of its `/usr/share/doc/<package>/copyright`:
 * all that the file names, together (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/).
 * Licences without an SPDX name are `LicenseRef-…`; of a file that is not in the machine-readable form it is what
 * `licensesOfProse` finds. Undefined when the file is empty, or is in that form and names no licence; it never throws.
 */
export function licenseOf(text: string): string | undefined {
  if (text.length > longestFile || text.trim() === '') return undefined;
  const [header, ...stanzas] = stanzasOf(text);
  if (!isMachineReadable(header?.get('format') ?? header?.get('format-specification'))) {
    const terms = licensesOfProse(text).map((term) => ({ term }));
    return render(combine('AND', terms));
  }
  const licenses = [header, ...stanzas].map((stanza) => stanza?.get('license')).filter((value) => value !== undefined);
  const synopses = [...new Set(licenses.map(synopsisOf).filter((synopsis) => synopsis !== ''))];
  const parts = synopses.map((synopsis) => expressionOf(synopsis)).sort(byText);
  return parts.length === 0 ? undefined : render(combine('AND', parts));
}

function isMachineReadable(format: string | undefined): boolean {
  return format !== undefined && /copyright-format|\bdep-?5\b|CopyrightFormat/iu.test(format);
}

/** Fields by lower-case name, paragraph by paragraph; of a field that comes twice the first is kept. */
function stanzasOf(text: string): ReadonlyMap<string, string>[] {
  const stanzas: Map<string, string>[] = [];
  let stanza: Map<string, string> | undefined;
  let name: string | undefined;
  for (const line of text.replace(/^\uFEFF/u, '').split(/\r?\n/u)) {
    if (line.trim() === '') {
      stanza = undefined;
      name = undefined;
    } else if (/^[ \t]/u.test(line)) {
      if (name !== undefined) stanza?.set(name, `${stanza.get(name) ?? ''}\n${line}`);
    } else {
      const [, field, value = ''] = /^([!-9;-~]+)[ \t]*:(.*)$/u.exec(line) ?? [];
      name = field?.toLowerCase();
      if (name === undefined) continue;
      if (stanza === undefined) stanzas.push((stanza = new Map<string, string>()));
      if (stanza.has(name)) name = undefined;
      else stanza.set(name, value);
    }
  }
  return stanzas;
}

/**
 * The first line of a License field: its short names. Where a file puts the text of the licence there, the reference is
 * by the digest of that text, for its first words are those of many licences.
 */
function synopsisOf(field: string): string {
  const [first = ''] = field.split('\n', 1);
  const synopsis = first.trim().replaceAll(/\s+/gu, ' ');
  const isProse = operandsOf(synopsis).some((operand) => !nameOfLicense.test(operand));
  if (!isProse) return synopsis;
  return licenseReference(`text-${hexOf(digestOf(field.trim().replaceAll(/\s+/gu, ' '))).slice(0, 12)}`);
}

function operandsOf(synopsis: string): string[] {
  return tokensOf(synopsis).filter((token) => !isOperator(token));
}

/**
 * `A or B, and C` as (A or B) and C: `and` binds closer than `or`, and a comma ends what is before it.
 */
function expressionOf(synopsis: string): Expression {
  let result: Expression | undefined;
  let operator: 'AND' | 'OR' = 'AND';
  let segment: string[] = [];
  const close = (): void => {
    const [first] = segment;
    const next = first === 'AND' || first === 'OR' ? first : 'AND';
    const operands = segment.filter((token, at) => !(at === 0 && isOperator(token)));
    segment = [];
    if (operands.every(isOperator)) return;
    operator = next;
    const part = segmentOf(operands);
    result = result === undefined ? part : combine(operator, [result, part]);
  };
  for (const token of tokensOf(synopsis)) {
    if (token === ',') close();
    else segment.push(token);
  }
  close();
  return result ?? { term: licenseReference(synopsis) };
}

function segmentOf(tokens: readonly string[]): Expression {
  const alternatives: Expression[][] = [[]];
  for (const token of tokens) {
    if (token === 'OR') alternatives.push([]);
    else if (token !== 'AND') alternatives.at(-1)?.push({ term: spdxTerm(token) });
  }
  const parts = alternatives.filter((terms) => terms.length > 0).map((terms) => combine('AND', terms));
  return combine('OR', parts);
}

/** Names, `AND`, `OR` and `,`. Brackets have no meaning in this format and are dropped. */
function tokensOf(synopsis: string): string[] {
  const plain = synopsis
    .replaceAll(/[()|]/gu, ' ')
    .replaceAll(/_(and|or)_/giu, ' $1 ')
    .replaceAll(/\band\/or\b/giu, 'or')
    .replaceAll(/[,;]/gu, ' , ');
  const tokens: string[] = [];
  for (const part of plain.split(/\s+(and|or|,)(?=\s|$)/iu)) {
    const word = part.trim();
    if (word === '') continue;
    tokens.push(/^(?:and|or)$/iu.test(word) ? word.toUpperCase() : word);
  }
  return tokens;
}

function isOperator(token: string): boolean {
  return token === 'AND' || token === 'OR' || token === ',';
}

/** `parts` under one operator: flat, each once, in the order given; a single part is itself. */
function combine(operator: 'AND' | 'OR', parts: readonly Expression[]): Expression {
  const flat = parts.flatMap((part) => ('operator' in part && part.operator === operator ? part.parts : [part]));
  const distinct = [...new Map(flat.map((part) => [render(part), part])).values()].sort(byText);
  const [only] = distinct;
  return only !== undefined && distinct.length === 1 ? only : { operator, parts: distinct };
}

function render(expression: Expression): string {
  if ('term' in expression) return expression.term;
  return expression.parts
    .map((part) => ('operator' in part ? `(${render(part)})` : part.term))
    .join(` ${expression.operator} `);
}

function byText(left: Expression, right: Expression): number {
  const texts = [render(left), render(right)] as const;
  return texts[0] < texts[1] ? -1 : texts[0] > texts[1] ? 1 : 0;
}
