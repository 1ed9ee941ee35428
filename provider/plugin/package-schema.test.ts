import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { settingRows } from '../resources/configuration.js';
import { packageSchema } from './package-schema.js';
import { token } from './token.js';

const property = z.looseObject({ description: z.string().regex(/^\S.+\. For example `.+`\.$/su) });
const properties = z.record(z.string(), property);
const object = z.object({ properties, required: z.array(z.string()).optional() });
const schemaSchema = z.object({
  name: z.literal('private-image'),
  version: z.string(),
  config: z.object({ variables: properties }),
  provider: z.object({ inputProperties: properties }),
  resources: z.record(
    z.string(),
    object.extend({ description: z.string(), inputProperties: properties, requiredInputs: z.array(z.string()) }),
  ),
  functions: z.record(z.string(), z.object({ description: z.string(), inputs: object, outputs: object })),
  types: z.record(z.string(), z.object({ description: z.string(), properties })),
});

const text = packageSchema('1.2.3');
const schema = schemaSchema.parse(JSON.parse(text));

describe('the schema of the package', () => {
  it('describes every property, and shows an example', () => {
    expect(schema.version).toBe('1.2.3');
    expect(Object.keys(schema.resources)).toEqual([token('PrivateImage'), token('FileBundle')]);
    expect(Object.keys(schema.functions).sort()).toEqual(
      ['getPlan', 'getStarter', 'getStarterSbom', 'getStarters', 'searchPackages'].map(token).sort(),
    );
  });

  it('refers to nothing that it does not have', () => {
    for (const [, name] of text.matchAll(/"#\/types\/([^"]+)"/gu)) expect(schema.types).toHaveProperty([name!]);
  });

  it('has what users ask for under one name and what they get under another where they differ', () => {
    const { inputProperties, properties: outputs, requiredInputs } = schema.resources[token('PrivateImage')]!;
    expect(requiredInputs).toEqual(['name', 'starter']);
    expect(inputProperties['lines']).toMatchObject({ type: 'array', items: { type: 'string' } });
    expect(outputs['lines']).toMatchObject({ type: 'array', items: { $ref: '#/types/private-image:index:ImageLine' } });
    expect(outputs['requestedLines']).toMatchObject({ type: 'array', items: { type: 'string' } });
    expect(inputProperties).not.toHaveProperty('requestedLines');
  });

  it('shows examples in the form that a program has them in', () => {
    const { inputProperties } = schema.resources[token('PrivateImage')]!;
    expect(inputProperties['packages']?.description).toContain('For example `["python3-requests","libxml2>=2.9"]`');
    for (const { name, form, example } of settingRows) {
      const types = { text: z.string(), list: z.array(z.string()), flag: z.boolean(), number: z.int() };
      expect(types[form].safeParse(example).success, name).toBe(true);
    }
  });

  it('has every setting, and keeps secret what is', () => {
    expect(Object.keys(schema.config.variables)).toEqual(settingRows.map((row) => row.name));
    expect(schema.provider.inputProperties['repositoryAuth']).toMatchObject({ secret: true, type: 'array' });
    expect(schema.provider.inputProperties['concurrency']).toMatchObject({ type: 'integer' });
  });
});

describe('a plan in the schema', () => {
  it('has its type by name, wherever it stands', () => {
    const plan = { $ref: '#/types/private-image:index:ImagePlan' };
    expect(schema.resources[token('PrivateImage')]!.properties['plan']).toMatchObject(plan);
    expect(schema.functions[token('getPlan')]!.outputs.properties['plan']).toMatchObject(plan);
    expect(Object.keys(schema.types).sort()).toEqual(
      [
        'BundleCertificate',
        'BundleContent',
        'FoundPackage',
        'FoundVersion',
        'ImageLine',
        'ImagePlan',
        'ImagePublishing',
        'ImageVariant',
        'PlannedDevVariant',
        'PlannedImageLine',
        'SkippedPackage',
        'Starter',
        'StarterLine',
      ].map(token),
    );
  });
});
