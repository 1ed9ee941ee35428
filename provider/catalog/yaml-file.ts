import { isNode, LineCounter, parseDocument } from 'yaml';
import type { Document, ScalarTag, Tags } from 'yaml';
import type { z } from 'zod';
import type { Fault } from './catalog-error.js';
import { nearestNames } from './nearest.js';

/** What a file is, with its top-level mapping as written, or all that is wrong with it. */
export type Parsed<Value> =
  | { readonly valid: true; readonly value: Value; readonly content: Readonly<Record<string, unknown>> }
  | { readonly valid: false; readonly faults: readonly Fault[] };

/** A file of 1 MiB is no one's starter; aliases cannot make a small one large. */
const maxCharacters = 1024 * 1024;
const maxAliases = 100;

/** `0755` is octal to apko's YAML reader, as it was in YAML 1.1, and decimal in YAML 1.2. */
const oldOctal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OCT',
  test: /^0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

/**
 * `text` of `file` read as YAML, put right by `readValues` and checked with `schema`. Every fault is reported, with its path and
 * line.
 */
export function parseYaml<Value>(
  schema: z.ZodType<Value>,
  text: string,
  file: string,
  readValues: (document: Document) => void = () => undefined,
): Parsed<Value> {
  if (text.length > maxCharacters) return { valid: false, faults: [wholeFile(file, 'larger than 1 MiB')] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    customTags: (tags: Tags) => [oldOctal, ...tags],
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    uniqueKeys: true,
  });
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => ({
      file,
      path: '',
      line: lines.linePos(error.pos[0]).line,
      message: error.code === 'MULTIPLE_DOCS' ? 'a second document begins here; a file holds one' : error.message,
    }));
    return { valid: false, faults };
  }
  readValues(document);
  const content = contentOf(document);
  if ('fault' in content) return { valid: false, faults: [wholeFile(file, content.fault)] };
  const mapping = content.value ?? {};
  const result = schema.safeParse(mapping);
  // Every schema of a file is one of a mapping.
  if (result.success) return { valid: true, value: result.data, content: mapping as Record<string, unknown> };
  const faults = result.error.issues
    .flatMap((issue) => faultsOf(issue, schema))
    .map(({ path, message }) => ({
      file,
      path: pathText(path),
      line: lineOf(document, path, lines),
      message,
    }));
  return { valid: false, faults: faults.sort((left, right) => (left.line ?? 0) - (right.line ?? 0)) };
}

/** As `accounts.users[0].uid`. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function contentOf(document: Document): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: document.toJS({ maxAliasCount: maxAliases }) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function faultsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return [{ path: issue.path, message: 'is required' }];
  }
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  const known = issue.path.length === 0 ? keysOf(schema) : [];
  return issue.keys.map((key) => {
    const [nearest] = nearestNames(key, known);
    const message = nearest === undefined ? 'unknown key' : `unknown key; ${nearest} is known`;
    return { path: [...issue.path, key], message };
  });
}

function keysOf(schema: z.ZodType): readonly string[] {
  const shape: unknown = 'shape' in schema ? schema.shape : undefined;
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

/** The line of the node at `path`, or of the nearest one above it: a missing key has no line of its own. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

function wholeFile(file: string, message: string): Fault {
  return { file, path: '', line: undefined, message };
}
