import { z } from 'zod';
import { isoDate, lineName, pathGlob, text } from './fields.js';
import { imageShape } from './image-schema.js';
import { replacementSchema } from './replacement-schema.js';

const name = z.string().regex(/^[a-z][a-z0-9.-]*$/, 'must be a name of small letters, digits, "." and "-"');

const suite = z.strictObject({
  name,
  /** Release number, as `12`. */
  version: lineName,
  released: isoDate,
  /** Regular support, by the distribution's own teams. */
  'end-of-support': isoDate,
  /** All support, the long-term one included. */
  'end-of-life': isoDate,
  /** Names of the keys that its repositories may be signed with. */
  keys: z.array(name).min(1, 'must name at least one key'),
});

const pocket = z.strictObject({
  name,
  /** The suite in the repository, as `{suite}-updates`. */
  suite: text.refine((value) => value.includes('{suite}'), 'must have {suite} in it'),
  /** Which of the distribution's mirrors has it. */
  mirror: name,
});

const key = z.strictObject({
  name,
  /** Relative to this file. */
  file: z
    .string()
    .regex(/^[a-z0-9][a-z0-9./-]*\.asc$/, 'must be the path of an .asc file below this folder')
    .refine((value) => !value.includes('..')),
  fingerprint: z
    .string()
    .transform((value) => value.replaceAll(' ', '').toUpperCase())
    .refine((value) => /^[0-9A-F]{40}$/.test(value), 'must be a fingerprint of 40 hex digits'),
});

/** `distribution.yaml`: what the starters of one distribution have in common. */
export const distributionSchema = z
  .strictObject({
    title: text,
    format: z.enum(['deb', 'apk']),
    components: z.array(name).default([]),
    pockets: z.array(pocket).min(1),
    suites: z.array(suite).min(1),
    keys: z.array(key).min(1),
    'assumed-present': z.array(text).default([]),
    replacements: z.array(replacementSchema).default([]),
    exclude: z.array(pathGlob).default([]),
    allow: z.array(pathGlob).default([]),
    /** The image part that a starter's own stands over. */
    image: z.strictObject(imageShape).default({}),
  })
  .superRefine((value, context) => {
    const known = value.keys.map((one) => one.name);
    value.suites.forEach((one, index) => {
      for (const missing of one.keys.filter((keyName) => !known.includes(keyName))) {
        context.addIssue({ code: 'custom', path: ['suites', index, 'keys'], message: `no key is called ${missing}` });
      }
    });
  });

/** A distribution file as it stands, each key checked. */
export type DistributionFile = z.output<typeof distributionSchema>;
