import { z } from 'zod';
import { type ImageRequest, programPath, programPathRule } from '../creator/request.js';
import { architectures } from '../packages/package.js';
import { faultsOf, propertyPath } from './faults.js';
import type { CheckFailure, Properties } from './resource.js';
import { holdsUnknown, withoutUnknown } from './unknown.js';

/** Most packages that a user adds to an image (SPECIFICATION, private image). */
export const mostPackages = 100;

const nameRule = 'a name has 2 to 40 characters of a-z, 0-9 and "-", and begins and ends with a letter';

/** The name of a private image and of a file bundle. */
export const nameSchema = z
  .string('a name is a text')
  .regex(/^[a-z][a-z0-9-]{0,38}[a-z]$/u, { error: (issue) => `${JSON.stringify(issue.input)}: ${nameRule}` });

const keySchema = z
  .string('a variable needs a key')
  .regex(/^[^=\0]+$/u, { error: (issue) => `${JSON.stringify(issue.input)}: a key is not empty and has no "="` });
const valueSchema = z
  .string({
    error: ({ input }) =>
      input === undefined || input === null ? 'a variable needs a value' : 'a value is a text: put it in quotes',
  })
  .min(1, 'a variable needs a value: an empty one is refused')
  .regex(/^[^\0]*$/u, 'a value holds no NUL character');

// Both forms are looked into by hand: a union of schemas could not say which item is wrong.
const environmentSchema = z.union(
  [z.record(z.string(), z.unknown()), z.array(z.unknown())],
  'environment is a map, or a list of { key, value }',
);

const listed = (what: string): z.ZodString =>
  z
    .string(`${what} is a text`)
    .regex(/^\S(?:[^\p{Cc}]*\S)?$/u, `${what} is not empty and has no control characters or outer spaces`);

const nameMeta = {
  description:
    '2–40 characters of a-z, 0-9 and "-", first and last a letter. It follows the tenant: `local/hello`. A change replaces the image.',
  examples: ['hello'],
};

const fields = {
  starter: z
    .string('the starter is a text, as "python"')
    .min(1, 'name a starter image, as "python"')
    .meta({ description: 'The starter image that it begins from. A change replaces the image.', examples: ['python'] }),
  name: nameSchema.meta(nameMeta),
  description: z
    .string('a description is a text')
    .optional()
    .meta({ description: 'Free text.', examples: ['The web shop'] }),
  packages: z
    .array(listed('a package'), 'packages is a list')
    .max(mostPackages, {
      error: (issue) => `${(issue.input as unknown[]).length} packages: at most ${mostPackages} can be added`,
    })
    .optional()
    .meta({
      description: "At most 100 packages beside the starter's, each with a constraint where one is wanted.",
      examples: [['python3-requests', 'libxml2>=2.9'], ['php-curl-auto']],
    }),
  environment: environmentSchema.optional().meta({
    description: 'Environment variables: none may be empty, and none that the starter sets.',
    examples: [{ GREETING: 'hello' }],
    pulumi: { type: 'object', additionalProperties: { type: 'string' } },
  }),
  fileBundles: z
    .array(
      z
        .string('a file bundle is given by its reference')
        .regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/u, 'a file bundle is given by its `reference`: <tenant>/<name>@sha256:…'),
      'fileBundles is a list',
    )
    .optional()
    .meta({
      description: 'File bundles that the image includes, by the output `reference` of each.',
      examples: [['local/corporate-ca@sha256:…']],
    }),
  setuidPrograms: z
    .array(
      z.string(programPathRule).regex(programPath, programPathRule),
      'setuidPrograms is a list, as ["/usr/bin/sudo"]',
    )
    .optional()
    .meta({
      description:
        'Programs of packages that may keep their setuid or setgid bit, as absolute paths; `*` stands for any part of a name. Without it a package with such a program is refused.',
      examples: [['/usr/bin/sudo']],
    }),
  // The user's `lines`. The output of that name is another thing, so it travels under a name of its own.
  requestedLines: z
    .array(listed('a line'), 'lines is a list, as ["3.13"]')
    .min(1, 'name a line, or leave lines out to get all')
    .optional()
    .meta({
      description: 'Only these lines of the starter. By default every maintained line is built.',
      examples: [['3.13']],
    }),
  architectures: z
    .array(z.enum(architectures, `an architecture is one of ${architectures.join(', ')}`), 'architectures is a list')
    .min(1, 'name an architecture, or leave architectures out')
    .optional()
    .meta({
      description: "The architectures to build for: `amd64`, `arm64`. By default the provider's setting.",
      examples: [['amd64']],
    }),
};

/** The inputs of a private image, with what they are for: the definition that schemas are made from. */
export const privateImageSchema = z.strictObject(fields);

/** The inputs of a private image as the schema knows them, with everything unknown left out. */
const knownSchema = z.object({ ...fields, starter: fields.starter.optional(), name: fields.name.optional() });

/** The form of a private image's inputs: what is wrong with it, or what it asks for. */
export type PrivateImageForm = { readonly failures: readonly CheckFailure[] } | CheckedForm;

export interface CheckedForm {
  readonly failures: readonly [];
  /** The inputs in their one form: the environment as a map. Holds unknowns where they were. */
  readonly inputs: Properties;
  /** What can be asked for already; unknown parts have a stand-in or are left out. Undefined while no plan is possible. */
  readonly request: ImageRequest | undefined;
  /** True when `request` leaves something out. */
  readonly partial: boolean;
}

/** Checks the form of a private image's inputs. Every fault is found at once. */
export function readPrivateImage(inputs: Properties, unknown: string): PrivateImageForm {
  const result = privateImageSchema.safeParse(inputs);
  const environment = readEnvironment(inputs['environment'], unknown);
  const failures = [...(result.success ? [] : faultsOf(result.error, inputs, unknown)), ...environment.failures];
  if (failures.length > 0) return { failures: failures.map(inTheUsersWords) };

  const checked: Properties = {
    ...inputs,
    ...(environment.variables === undefined ? {} : { environment: environment.variables }),
  };
  const decisive = ['starter', 'packages', 'setuidPrograms', 'requestedLines', 'architectures'].some((key) =>
    holdsUnknown(checked[key], unknown),
  );
  return {
    failures: [],
    inputs: checked,
    request: decisive ? undefined : requestOf(withStandIns(checked, unknown)),
    partial: holdsUnknown(checked, unknown),
  };
}

function inTheUsersWords(failure: CheckFailure): CheckFailure {
  return { ...failure, property: failure.property.replace(/^requestedLines/u, 'lines') };
}

/** The request of checked inputs. */
export function requestOf(inputs: Properties): ImageRequest {
  const known = knownSchema.parse(inputs);
  return {
    starter: known.starter ?? '',
    name: known.name ?? '',
    description: known.description,
    packages: known.packages ?? [],
    environment: z.record(z.string(), z.string()).parse(known.environment ?? {}),
    fileBundles: known.fileBundles ?? [],
    setuidPrograms: known.setuidPrograms ?? [],
    lines: known.requestedLines,
    architectures: known.architectures,
  };
}

/** A plan depends on neither the name nor the values of variables: stand-ins let it be made before these are known. */
function withStandIns(inputs: Properties, unknown: string): Properties {
  const known = withoutUnknown(inputs, unknown) as Properties;
  return { name: 'unknown', ...known, environment: variablesWithStandIns(inputs['environment'], unknown) };
}

function variablesWithStandIns(environment: unknown, unknown: string): Readonly<Record<string, unknown>> {
  // A list is left only where a key is unknown.
  if (typeof environment !== 'object' || environment === null || Array.isArray(environment)) return {};
  return Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, value === unknown ? '-' : value]));
}

const itemSchema = z.object({ key: z.unknown().optional(), value: z.unknown().optional() });

interface Environment {
  readonly failures: readonly CheckFailure[];
  /** Sorted by key; undefined when there is none, or a key is unknown, or its form is wrong. */
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

interface Variable {
  readonly key: unknown;
  readonly value: unknown;
  readonly keyProperty: string;
  readonly valueProperty: string;
}

/** Both forms of an environment. Only a list can hold a key twice, so only there it is looked for. */
function readEnvironment(environment: unknown, unknown: string): Environment {
  if (typeof environment !== 'object' || environment === null) return { failures: [], variables: undefined };
  const variables = Array.isArray(environment) ? listedVariables(environment, unknown) : mappedVariables(environment);
  const known = variables.filter((variable) => variable.key !== unknown);
  const seen = new Set<unknown>();
  const failures: CheckFailure[] = [];
  for (const { key, value, keyProperty, valueProperty } of known) {
    failures.push(...faultsAt(keyProperty, keySchema, key));
    if (value !== unknown) failures.push(...faultsAt(valueProperty, valueSchema, value));
    if (typeof key === 'string' && seen.has(key))
      failures.push({ property: keyProperty, reason: `the variable ${JSON.stringify(key)} is given twice` });
    seen.add(key);
  }
  const complete = known.length === Object.keys(environment).length;
  if (failures.length > 0 || !complete) return { failures, variables: undefined };
  const pairs = known.map((variable): [string, unknown] => [String(variable.key), variable.value]);
  return { failures, variables: Object.fromEntries(pairs.sort(([left], [right]) => (left < right ? -1 : 1))) };
}

function listedVariables(items: readonly unknown[], unknown: string): readonly Variable[] {
  return items.map((item, index) => {
    const { key, value } =
      item === unknown ? { key: unknown, value: unknown } : (itemSchema.safeParse(item).data ?? {});
    return { key, value, keyProperty: `environment[${index}].key`, valueProperty: `environment[${index}].value` };
  });
}

function mappedVariables(map: object): readonly Variable[] {
  return Object.entries(map).map(([key, value]: [string, unknown]) => {
    const property = propertyPath(['environment', key]);
    return { key, value, keyProperty: property, valueProperty: property };
  });
}

function faultsAt(property: string, rule: z.ZodType, value: unknown): readonly CheckFailure[] {
  const result = rule.safeParse(value);
  return result.success ? [] : result.error.issues.map((issue) => ({ property, reason: issue.message }));
}
