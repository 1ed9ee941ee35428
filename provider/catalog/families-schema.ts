import { z } from 'zod';
import { text } from './fields.js';

const template = z
  .string()
  .refine(
    (value) => /^[a-z0-9][a-z0-9+._-]*$/.test(value.replaceAll(/<(?:line|joined|major|name)>/g, '0')),
    'must be a package name with <line>, <joined>, <major> and <name> where they vary',
  );

/** `families.yaml`: how the packages of a language are named. */
export const familiesSchema = z.strictObject({
  schemes: z.array(
    z
      .strictObject({
        name: text,
        auto: template
          .refine((value) => value.endsWith('-auto') && value.includes('<name>'), 'must have <name> and end in -auto')
          .optional(),
        packages: z.array(template).min(1, 'must have at least one template'),
        'dependency-suffixes': z.array(z.string().regex(/^-[a-z]+$/, 'must be as -config')).default([]),
      })
      .transform(({ name, auto, packages, ...rest }) => ({
        name,
        auto,
        packages,
        dependencySuffixes: rest['dependency-suffixes'],
      })),
  ),
});

/** How the packages of one language are named: an `AutoScheme` of the resolver. */
export type NameScheme = Readonly<z.output<typeof familiesSchema>['schemes'][number]>;
