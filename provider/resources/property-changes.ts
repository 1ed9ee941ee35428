import { isDeepStrictEqual } from 'node:util';
import { propertyPath } from './faults.js';
import type { Properties, PropertyChange } from './resource.js';
import { signatureKey } from './wire.js';

/** How two property bags are compared. */
export interface Comparison {
  /** The properties that are looked at. */
  readonly keys: readonly string[];
  /** Lists whose order says nothing. */
  readonly unordered: ReadonlySet<string>;
  readonly in: PropertyChange['in'];
}

/**
 * What differs between two property bags, by path down to the items of lists and the entries of maps. An unordered list's items
 * are found by value: its path is the item's place in the list that has it.
 */
export function propertyChanges(
  olds: Properties,
  news: Properties,
  { keys, unordered, in: place }: Comparison,
): Readonly<Record<string, PropertyChange>> {
  const changes: Record<string, PropertyChange> = {};
  const note = (path: readonly PropertyKey[], kind: PropertyChange['kind']): void => {
    const name = propertyPath(path);
    // One place in a list may lose one item and get another.
    const before = changes[name]?.kind;
    changes[name] = { kind: before === undefined || before === kind ? kind : 'update', in: place };
  };
  for (const key of keys) {
    const [old, now] = [olds[key], news[key]];
    if (unordered.has(key) && Array.isArray(old) && Array.isArray(now)) compareSets([key], old, now, note);
    else compare([key], old, now, note);
  }
  return changes;
}

type Note = (path: readonly PropertyKey[], kind: PropertyChange['kind']) => void;

function compare(path: readonly PropertyKey[], old: unknown, now: unknown, note: Note): void {
  if (isDeepStrictEqual(old, now) || (isEmpty(old) && isEmpty(now))) return;
  if (isEmpty(old)) note(path, 'add');
  else if (isEmpty(now)) note(path, 'delete');
  else if (isMap(old) && isMap(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      compare([...path, key], old[key], now[key], note);
    }
  } else note(path, 'update');
}

function compareSets(path: readonly PropertyKey[], old: readonly unknown[], now: readonly unknown[], note: Note): void {
  const has = (list: readonly unknown[], item: unknown): boolean =>
    list.some((other) => isDeepStrictEqual(other, item));
  for (const [index, item] of old.entries()) if (!has(now, item)) note([...path, index], 'delete');
  for (const [index, item] of now.entries()) if (!has(old, item)) note([...path, index], 'add');
}

/** No list and an empty list ask for the same. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** True for a map of a user's or of ours; an asset is one value. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(signatureKey in value);
}
