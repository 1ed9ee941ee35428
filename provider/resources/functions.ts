import { z } from 'zod';
import { PrivateImageError } from '../support/errors.js';
import { faultsOf } from './faults.js';
import { planOutput } from './image-outputs.js';
import { privateImageSchema, readPrivateImage } from './private-image-schema.js';
import type { CheckFailure, Properties } from './resource.js';
import { withoutUndefined } from './unknown.js';
import type { Queries } from './use-cases.js';
import { unknownValue } from './wire.js';

/** A question that a program asks without making a resource. */
export interface ResourceFunction {
  readonly description: string;
  readonly args: z.ZodObject;
  readonly result: z.ZodObject;
  readonly run: (queries: Queries, args: Properties) => Promise<Properties>;
}

/** What a function answers, or what is wrong with its arguments. */
export type FunctionAnswer = { readonly result: Properties } | { readonly failures: readonly CheckFailure[] };

const distribution = z
  .string('a distribution is a text, as "debian"')
  .min(1, 'name a distribution, or leave it out')
  .optional()
  .meta({ description: "The distribution; the provider's when it is not named.", examples: ['debian'] });
const starterName = z
  .string('name a starter image, as "python"')
  .min(1, 'name a starter image, as "python"')
  .meta({ description: 'A starter image.', examples: ['python'] });

const starterFields = {
  name: z.string().meta({ description: 'What `PrivateImage.starter` takes.', examples: ['python'] }),
  distribution: z.string().meta({ description: 'The distribution that it is taken from.', examples: ['debian'] }),
  title: z.string().meta({ description: 'For people.', examples: ['Python'] }),
  category: z.string().meta({ description: 'What kind of image it is.', examples: ['language'] }),
  description: z
    .string()
    .meta({ description: 'What it is for.', examples: ['The Python interpreter and its standard library.'] }),
};
const starter = z.object(starterFields).meta({ id: 'Starter', description: 'A starter image on offer.' });
const starterLine = z
  .object({
    line: z.string().meta({ description: 'The line.', examples: ['3.13'] }),
    version: z.string().meta({ description: 'The upstream version.', examples: ['3.13.5'] }),
    suite: z.string().meta({ description: 'The suite of the distribution.', examples: ['trixie'] }),
    endOfLife: z
      .string()
      .optional()
      .meta({ description: 'ISO date on which support ends.', examples: ['2028-06-30'] }),
  })
  .meta({ id: 'StarterLine', description: 'A line of a starter that is maintained today.' });
const foundVersion = z
  .object({
    package: z.string().meta({ description: 'The name of the package.', examples: ['python3-requests'] }),
    suite: z.string().meta({ description: 'The suite.', examples: ['trixie'] }),
    version: z.string().meta({ description: 'The newest there.', examples: ['2.32.3+dfsg-5'] }),
    fips: z
      .boolean()
      .optional()
      .meta({ description: 'True for what the distribution marks as FIPS-validated.', examples: [true] }),
  })
  .meta({ id: 'FoundVersion', description: 'A package in one suite.' });
const foundPackage = z
  .object({
    kind: z.string().meta({
      description: '`package`, `family` (one thing in several lines) or `auto` (each line resolves it by itself).',
      examples: ['package'],
    }),
    name: z.string().meta({ description: 'The name of the package or family.', examples: ['python3-requests'] }),
    description: z.string().meta({ description: 'What it is.', examples: ['HTTP library for Python 3'] }),
    versions: z.array(foundVersion).meta({
      description: 'The newest version in each suite.',
      examples: [[{ suite: 'trixie', version: '2.32.3+dfsg-5' }]],
    }),
  })
  .meta({ id: 'FoundPackage', description: 'Something that a search found.' });

const getStarters: ResourceFunction = {
  description: 'The starter images on offer.',
  args: z.strictObject({ distribution }),
  result: z.object({
    starters: z
      .array(starter)
      .meta({ description: 'Sorted by name.', examples: [[{ name: 'python', title: 'Python' }]] }),
  }),
  run: async (queries, args) => ({ starters: await queries.starters(textOf(args['distribution'])) }),
};

const getStarter: ResourceFunction = {
  description: 'One starter image with its maintained lines.',
  args: z.strictObject({ name: starterName, distribution }),
  result: z.object({
    ...starterFields,
    lines: z
      .array(starterLine)
      .meta({ description: 'Oldest first.', examples: [[{ line: '3.13', version: '3.13.5' }]] }),
  }),
  run: async (queries, args) => ({ ...(await queries.starter(textOf(args['distribution']), String(args['name']))) }),
};

const searchPackages: ResourceFunction = {
  description: 'Packages by name, description or version, best matches first.',
  args: z.strictObject({
    text: z
      .string('say what to search for: a text')
      .min(1, 'say what to search for')
      .meta({ description: 'A part of a name or description, or the beginning of a version.', examples: ['requests'] }),
    distribution,
    suite: z
      .string('a suite is a text')
      .min(1, 'name a suite, or leave it out')
      .optional()
      .meta({ description: 'Only this suite; all maintained ones otherwise.', examples: ['trixie'] }),
    limit: z
      .int('a limit is a whole number')
      .min(1, 'a limit is at least 1')
      .max(1000, 'a limit is at most 1000')
      .optional()
      .meta({ description: 'Most entries; 50 otherwise.', examples: [10] }),
  }),
  result: z.object({
    packages: z
      .array(foundPackage)
      .meta({ description: 'Best first.', examples: [[{ kind: 'package', name: 'python3-requests' }]] }),
  }),
  run: async (queries, args) => {
    const search = {
      text: String(args['text']),
      suite: textOf(args['suite']),
      distribution: textOf(args['distribution']),
    };
    return { packages: (await queries.searchPackages(search)).slice(0, Number(args['limit'] ?? 50)) };
  },
};

const getStarterSbom: ResourceFunction = {
  description: 'The SBOM of a starter image without anything added.',
  args: z.strictObject({
    starter: starterName,
    line: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'A line of the starter; its newest otherwise.', examples: ['3.13'] }),
  }),
  result: z.object({
    mediaType: z.string().meta({ description: 'Of the document.', examples: ['application/spdx+json'] }),
    document: z.string().meta({ description: 'An SPDX document as JSON.', examples: ['{"spdxVersion":"SPDX-2.3"}'] }),
    version: z.string().meta({ description: 'The upstream version of the line.', examples: ['3.13.5'] }),
  }),
  run: async (queries, args) => ({ ...(await queries.starterSbom(String(args['starter']), textOf(args['line']))) }),
};

const { requestedLines, ...imageFields } = privateImageSchema.shape;

const getPlan: ResourceFunction = {
  description: 'What a private image with these inputs would be built from, without building it.',
  args: z.strictObject({ ...imageFields, lines: requestedLines }),
  result: z.object({
    plan: planOutput.meta({ description: 'What it would be built from.', examples: [{ digest: 'sha256:9f86d0818…' }] }),
  }),
  run: async (queries, { lines, ...args }) => {
    const inputs = lines === undefined ? args : { ...args, requestedLines: lines };
    const form = readPrivateImage(inputs, unknownValue);
    if (!('request' in form) || form.request === undefined) throw argumentsError(form.failures);
    return { plan: (await queries.planImage(form.request)).summary };
  },
};

/** Every function, by the name that programs call it by. */
export const resourceFunctions: Readonly<Record<string, ResourceFunction>> = {
  getStarter,
  getStarters,
  getStarterSbom,
  searchPackages,
  getPlan,
};

/** Asks a function. What is wrong with the arguments is in the answer; what else goes wrong is thrown. */
export async function askFunction(of: ResourceFunction, queries: Queries, args: Properties): Promise<FunctionAnswer> {
  const checked = of.args.safeParse(args);
  if (!checked.success) return { failures: faultsOf(checked.error, args, unknownValue) };
  return { result: withoutUndefined(await of.run(queries, args)) as Properties };
}

function argumentsError(failures: readonly CheckFailure[]): PrivateImageError {
  const reasons = failures.map(({ property, reason }) => `${property}: ${reason}`);
  return new PrivateImageError<'function/invalid-arguments'>(
    'function/invalid-arguments',
    reasons.length === 0 ? 'The inputs are not all known yet' : reasons.join('; '),
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
