import { fileBundle } from '../resources/file-bundle.js';
import { privateImage } from '../resources/private-image.js';
import type { Properties, Resource } from '../resources/resource.js';
import { PrivateImageError } from '../support/errors.js';
import type { Path, PropertyBag } from './property-bag.js';
import { token } from './token.js';

export type PluginErrorCode = 'plugin/unknown-resource' | 'plugin/unknown-function' | 'plugin/not-configured';

/** A resource under the names that programs know. */
export interface FrontResource {
  readonly resource: Resource;
  /** Inner names of inputs by those of programs: an output of the same name may be another thing. */
  readonly innerNames: Readonly<Record<string, string>>;
}

const byToken: Readonly<Record<string, FrontResource>> = {
  [token('PrivateImage')]: { resource: privateImage, innerNames: { lines: 'requestedLines' } },
  [token('FileBundle')]: { resource: fileBundle, innerNames: {} },
};

/** The resource that a URN is of. Throws `plugin/unknown-resource`. */
export function resourceOf(urn: string): FrontResource {
  // urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>
  const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
  const found = byToken[type];
  if (found !== undefined) return found;
  throw new PrivateImageError<PluginErrorCode>('plugin/unknown-resource', `There is no resource ${type}`, {
    hint: `There are ${Object.keys(byToken).join(' and ')}.`,
    data: { type },
  });
}

/** Inputs under their inner names. */
export function innerInputs({ innerNames }: FrontResource, { properties, secrets }: PropertyBag): PropertyBag {
  return { properties: renamed(properties, innerNames), secrets: secrets.map((path) => renamedPath(path, innerNames)) };
}

/** Inputs under the names of programs. */
export function outerInputs({ innerNames }: FrontResource, { properties, secrets }: PropertyBag): PropertyBag {
  const outer = inverted(innerNames);
  return { properties: renamed(properties, outer), secrets: secrets.map((path) => renamedPath(path, outer)) };
}

/** The path of a property as programs know it. */
export function outerPath({ innerNames }: FrontResource, path: string): string {
  const outer = inverted(innerNames);
  const [head = ''] = /^\w*/u.exec(path) ?? [];
  return `${outer[head] ?? head}${path.slice(head.length)}`;
}

function renamed(properties: Properties, names: Readonly<Record<string, string>>): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [names[key] ?? key, value]));
}

function renamedPath(path: Path, names: Readonly<Record<string, string>>): Path {
  return path.map((part, index) => (index === 0 && typeof part === 'string' ? (names[part] ?? part) : part));
}

function inverted(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).map(([outer, inner]) => [inner, outer]));
}
