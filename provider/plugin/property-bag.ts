import { propertyPath } from '../resources/faults.js';
import type { Properties } from '../resources/resource.js';
import { signatureKey, signatures, typedUnknowns, unknownValue } from '../resources/wire.js';
import { Struct, type StructMessage } from './protocol.js';

/** A place in a property bag, from outside in. */
export type Path = readonly (string | number)[];

/** A property bag as the engine sends it, taken apart: what it says, and what of it is secret. */
export interface PropertyBag {
  /** Plain JSON; assets and archives keep their marks, unknown values are `unknownValue`. */
  readonly properties: Properties;
  readonly secrets: readonly Path[];
}

const nothing: PropertyBag = { properties: {}, secrets: [] };

/** Takes a property bag apart. A null is as good as nothing. */
export function readPropertyBag(message: StructMessage | undefined): PropertyBag {
  if (message === undefined) return nothing;
  const secrets: Path[] = [];
  const properties = readMap(message.toJavaScript(), [], secrets);
  return { properties, secrets };
}

/** Puts a property bag together. What is secret there no more makes a secret of what is nearest above it. */
export function writePropertyBag({ properties, secrets }: PropertyBag): StructMessage {
  const marked = secrets.reduce<unknown>((value, path) => withSecret(value, path, 0), properties);
  // A bag is a map, and marks are set within it alone.
  return Struct.fromJavaScript(marked as Parameters<typeof Struct.fromJavaScript>[0]);
}

/** The secrets of a bag in words, as `environment.PASSWORD`. */
export function secretProperties({ secrets }: PropertyBag): readonly string[] {
  return secrets.map(propertyPath);
}

function readMap(map: object, path: Path, secrets: Path[]): Properties {
  const entries = Object.entries(map).map(([key, value]: [string, unknown]): [string, unknown] => [
    key,
    readValue(value, [...path, key], secrets),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
}

function readValue(value: unknown, path: Path, secrets: Path[]): unknown {
  if (typeof value === 'string') return typedUnknowns.includes(value) ? unknownValue : value;
  if (Array.isArray(value)) return value.map((item: unknown, index) => readValue(item, [...path, index], secrets));
  if (typeof value !== 'object' || value === null) return value;
  const marked: Readonly<Record<string, unknown>> = { ...value };
  switch (marked[signatureKey]) {
    case undefined:
      return readMap(value, path, secrets);
    case signatures.secret:
      secrets.push(path);
      return readValue(marked['value'], path, secrets);
    case signatures.output:
      if (marked['secret'] === true) secrets.push(path);
      return 'value' in marked ? readValue(marked['value'], path, secrets) : unknownValue;
    case signatures.resource:
      return marked['id'] ?? marked['urn'];
    default:
      return value;
  }
}

function withSecret(value: unknown, path: Path, depth: number): unknown {
  const key = path[depth];
  if (key === undefined || !hasKey(value, key)) return depth === 0 ? value : secret(value);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === key ? withSecret(item, path, depth + 1) : item));
  }
  const map = value as Properties;
  return { ...map, [key]: withSecret(map[key], path, depth + 1) };
}

function hasKey(value: unknown, key: string | number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  // What is marked already is one value.
  return Array.isArray(value) ? typeof key === 'number' && key in value : !(signatureKey in value) && key in value;
}

function secret(value: unknown): unknown {
  const isSecret =
    typeof value === 'object' && value !== null && Reflect.get(value, signatureKey) === signatures.secret;
  return isSecret ? value : { [signatureKey]: signatures.secret, value };
}
