import { z } from 'zod';

/** A type in a Pulumi schema. https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/ */
export type TypeSpec = Readonly<Record<string, unknown>>;

/** A property of a resource, a type or a function. */
export type PropertySpec = TypeSpec & { readonly description?: string };

/** An object with named properties, all types with names of their own collected in `types`. */
export interface ObjectSpec {
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly required: readonly string[];
  /** By the name in `.meta({ id })`. */
  readonly types: Readonly<Record<string, TypeSpec>>;
}

const package_ = 'private-image:index';

type Json = Readonly<Record<string, unknown>>;

/**
 * The properties of a zod object in the words of a Pulumi schema. Of each field's `.meta()`: `description`, `examples`, `id` makes it a type
 * with a name of its own, and `pulumi` stands in for a type that JSON Schema cannot say.
 */
export function objectSpec(schema: z.ZodObject): ObjectSpec {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Json;
  const definitions = Object.entries(mapIn(json, '$defs'));
  const types = Object.fromEntries(
    definitions.map(([name, definition]) => [name, typeOfDefinition(mapOf(definition))]),
  );
  return { ...propertiesOf(json), types };
}

function propertiesOf(json: Json): Pick<ObjectSpec, 'properties' | 'required'> {
  const properties = Object.entries(mapIn(json, 'properties')).map(([name, property]): [string, PropertySpec] => [
    name,
    propertyOf(mapOf(property)),
  ]);
  const required = Array.isArray(json['required']) ? json['required'].map(String) : [];
  return { properties: Object.fromEntries(properties), required: required.sort() };
}

function propertyOf(json: Json): PropertySpec {
  const { description, examples } = json;
  const shown = Array.isArray(examples) && examples.length > 0 ? [forExample(examples)] : [];
  const text = [...(typeof description === 'string' ? [description] : []), ...shown].join(' ');
  return { ...typeOf(json), ...(text === '' ? {} : { description: text }) };
}

/** Examples in words, as they stand at the end of a description. */
export function forExample(examples: readonly unknown[]): string {
  return `For example ${examples.map((example) => `\`${JSON.stringify(example)}\``).join(' or ')}.`;
}

function typeOf(json: Json): TypeSpec {
  if (typeof json['pulumi'] === 'object' && json['pulumi'] !== null) return { ...json['pulumi'] };
  const reference = json['$ref'];
  if (typeof reference === 'string') return { $ref: `#/types/${package_}:${reference.replace('#/$defs/', '')}` };
  if (json['type'] === 'array') return { type: 'array', items: typeOf(mapIn(json, 'items')) };
  if (json['type'] === 'object')
    return { type: 'object', additionalProperties: typeOf(mapIn(json, 'additionalProperties')) };
  if (typeof json['type'] === 'string') return { type: json['type'] };
  return { $ref: 'pulumi.json#/Any' };
}

function typeOfDefinition(json: Json): TypeSpec {
  const { description } = propertyOf(json);
  const about = description === undefined ? {} : { description };
  if (Array.isArray(json['enum']))
    return { type: 'string', ...about, enum: json['enum'].map((value) => ({ value: String(value) })) };
  return { type: 'object', ...about, ...propertiesOf(json) };
}

function mapIn(json: Json, key: string): Json {
  return mapOf(json[key]);
}

function mapOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
