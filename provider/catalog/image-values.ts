import { isPair, isScalar, visit } from 'yaml';
import type { Document, Pair, Scalar } from 'yaml';
import { imageShape } from './image-schema.js';

type Keys = ReadonlySet<unknown>;

const imageKeys: Keys = new Set(Object.keys(imageShape));
/** Maps with keys of the user's own: a value that is not stated is an empty text. */
const textMaps: Keys = new Set(['environment', 'annotations', 'services']);
/** What is no text. */
const numbersAndTruths: Keys = new Set(['uid', 'gid', 'permissions', 'recursive', 'budget']);
const oldTruths = new Map([
  ...['y', 'yes', 'on'].map((word) => [word, true] as const),
  ...['n', 'no', 'off'].map((word) => [word, false] as const),
]);
/** Without the `_` that may part digits. */
const numberForms = /^(?:0b[01]+|0[oO]?[0-7]+|0x[0-9a-fA-F]+|0|[1-9][0-9]*)$/;
/** Texts that say nothing when they are empty. */
const texts: readonly string[] = [
  ...['cmd', 'work-dir', 'stop-signal', 'vcs-url', 'include'],
  ...['run-as', 'shell', 'homedir', 'type', 'command', 'shell-fragment', 'source'],
];
const emptyTexts: Keys = new Set(texts);
/** What may stand without a value below the first level. */
const innerKeys: Keys = new Set([
  ...texts,
  ...numbersAndTruths,
  ...['repositories', 'build_repositories', 'runtime_repositories', 'keyring', 'packages', 'baseimage'],
  ...['users', 'groups', 'members', 'services', 'strategy', 'providers', 'additional'],
]);

/**
 * Makes the values in the image part of `document` what they are to apko, which knows what is a text before it reads: a bare `3.10`,
 * `007` or `true` is the text that stands there. A key without a value, or with an empty text, is left out.
 */
export function readImageValues(document: Document): void {
  visit(document, {
    Pair: (_, pair, ancestors) => (isLeftOut(pair, keysOf([...ancestors, pair])) ? visit.REMOVE : undefined),
    Scalar: (position, node, ancestors) => {
      const keys = keysOf(ancestors);
      if (!imageKeys.has(keys[0])) return;
      const isInMap = textMaps.has(keys.at(-2));
      if (node.value === null && isInMap) node.value = '';
      if (typeof node.value === 'string' && !isInMap && position !== 'key') node.value = typed(keys.at(-1), node);
      if (typeof node.value !== 'number' && typeof node.value !== 'boolean') return;
      const isText = isInMap || position === 'key' || !numbersAndTruths.has(keys.at(-1));
      if (isText) node.value = node.source ?? String(node.value);
    },
  });
}

/** What apko reads where it knows that a truth or a number is to stand: words and forms of YAML 1.1 and of Go as well. */
function typed(key: unknown, node: Scalar): unknown {
  const text = String(node.value);
  if (key === 'recursive') return oldTruths.get(text.toLowerCase()) ?? text;
  const digits = text.replaceAll('_', '');
  const isNumber = node.type === 'PLAIN' && numbersAndTruths.has(key) && numberForms.test(digits);
  return isNumber ? Number(digits.replace(/^0(?=[0-7])/, '0o').toLowerCase()) : text;
}

function isLeftOut({ value }: Pair, keys: readonly unknown[]): boolean {
  if (!imageKeys.has(keys[0]) || !isScalar(value) || textMaps.has(keys.at(-2))) return false;
  if (value.value === null) return keys.length === 1 || innerKeys.has(keys.at(-1));
  return value.value === '' && emptyTexts.has(keys.at(-1));
}

/** The keys on the way to a node. What is merged in has those of where it is merged into. */
function keysOf(ancestors: readonly unknown[]): readonly unknown[] {
  return ancestors
    .flatMap((node) => (isPair(node) ? [isScalar(node.key) ? node.key.value : node.key] : []))
    .filter((key) => typeof key !== 'symbol');
}
