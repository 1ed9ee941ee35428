import type { z } from 'zod';
import { settingRows } from '../resources/configuration.js';
import { fileBundleSchema } from '../resources/file-bundle-schema.js';
import { resourceFunctions } from '../resources/functions.js';
import { bundleOutputFields, imageOutputFields } from '../resources/image-outputs.js';
import { privateImageSchema } from '../resources/private-image-schema.js';
import { forExample, objectSpec, type PropertySpec, type TypeSpec } from './schema-type.js';
import { packageName, token } from './token.js';

/** A resource as its users see it: what goes in and what comes out. */
interface ResourceDefinition {
  readonly description: string;
  readonly inputs: z.ZodObject;
  readonly outputs: z.ZodObject;
  /** Names under which users know what is called otherwise inside. */
  readonly userNames: Readonly<Record<string, string>>;
}

const resources: Readonly<Record<string, ResourceDefinition>> = {
  PrivateImage: {
    description:
      'A private image: every maintained line of a starter with your packages, files and environment, built without Docker and published under one name.',
    inputs: privateImageSchema,
    outputs: imageOutputFields,
    userNames: { requestedLines: 'lines' },
  },
  FileBundle: {
    description:
      'A versioned set of files that private images include. Images that use it are rebuilt when it changes.',
    inputs: fileBundleSchema,
    outputs: bundleOutputFields,
    userNames: {},
  },
};

/** The package's schema as JSON. https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/ */
export function packageSchema(version: string): string {
  const types: Record<string, TypeSpec> = {};
  const object = (schema: z.ZodObject): ReturnType<typeof objectSpec> => {
    const spec = objectSpec(schema);
    for (const [name, type] of Object.entries(spec.types)) types[token(name)] = type;
    return spec;
  };
  const schema = {
    name: packageName,
    displayName: 'Private Image',
    version,
    description: 'Own hardened container images: resolved, built and published without Docker.',
    keywords: ['pulumi', 'private-image', 'category/cloud', 'kind/native'],
    license: 'Apache-2.0',
    publisher: 'The authors of pulumi-private-image',
    // Without it an SDK for Go has no module of its own and imports a folder that is not there.
    meta: { supportPack: true },
    language: languages,
    config: { variables: Object.fromEntries(settingRows.map((row) => [row.name, settingSpec(row)])) },
    provider: {
      description:
        'Where images come from and where they go. Each setting may come from stack configuration or the environment as well.',
      inputProperties: Object.fromEntries(settingRows.map((row) => [row.name, settingSpec(row)])),
    },
    resources: Object.fromEntries(
      Object.entries(resources).map(([name, definition]) => [token(name), resourceSpec(definition, object)]),
    ),
    functions: Object.fromEntries(
      Object.entries(resourceFunctions).map(([name, { description, args, result }]) => [
        token(name),
        {
          description,
          inputs: { type: 'object', ...withoutTypes(object(args)) },
          outputs: { type: 'object', ...withoutTypes(object(result)) },
        },
      ]),
    ),
  };
  return JSON.stringify({ ...schema, types: sorted(types) }, undefined, 2);
}

interface Properties {
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly required: readonly string[];
}

function resourceSpec(
  { description, inputs, outputs, userNames }: ResourceDefinition,
  object: (schema: z.ZodObject) => Properties,
): TypeSpec {
  const given = object(inputs);
  const made = object(outputs);
  const asked = renamed(given, userNames);
  return {
    description,
    inputProperties: asked.properties,
    requiredInputs: asked.required,
    // What a user asks for stays under its inner name where an output has the user's.
    properties: { ...given.properties, ...made.properties },
    required: [...new Set([...given.required, ...made.required])].sort(),
  };
}

function withoutTypes({ properties, required }: Properties): Properties {
  return { properties, required };
}

function renamed({ properties, required }: Properties, names: Readonly<Record<string, string>>): Properties {
  return {
    properties: Object.fromEntries(Object.entries(properties).map(([name, spec]) => [names[name] ?? name, spec])),
    required: required.map((name) => names[name] ?? name),
  };
}

function settingSpec(row: (typeof settingRows)[number]): PropertySpec {
  const type = {
    text: { type: 'string' },
    list: { type: 'array', items: { type: 'string' } },
    flag: { type: 'boolean' },
    number: { type: 'integer' },
  }[row.form];
  return {
    ...type,
    description: `${row.description} By default ${row.standard}. From the environment: \`${row.variable}\`. ${forExample([row.example])}`,
    ...(row.secret ? { secret: true } : {}),
  };
}

const languages = {
  nodejs: { packageName: 'pulumi-private-image-sdk', respectSchemaVersion: true },
  python: { packageName: 'pulumi_private_image', respectSchemaVersion: true, pyproject: { enabled: true } },
  go: { respectSchemaVersion: true, generateResourceContainerTypes: true },
  csharp: { respectSchemaVersion: true, namespaces: { [packageName]: 'PrivateImage' } },
  java: { buildFiles: 'gradle' },
};

function sorted<Value>(map: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1)));
}
