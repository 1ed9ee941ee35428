import { z } from 'zod';
import { devSchema } from './dev-schema.js';
import { absolutePath, isoDate, lineName, pathGlob, text } from './fields.js';
import { imageShape } from './image-schema.js';
import { replacementSchema } from './replacement-schema.js';

/** Of a distribution, a suite, a mirror or a key. */
const name = z.string().regex(/^[a-z][a-z0-9.-]*$/, 'must be a name of small letters, digits, "." and "-"');

const suite = z.strictObject({
  name,
  /** Release number, as `12`. */
  version: lineName,
  released: isoDate,
  /** Regular support, by the distribution's own teams. A suite that rolls on has no end. */
  'end-of-support': isoDate.optional(),
  /** All support, the long-term one included. */
  'end-of-life': isoDate.optional(),
  /** Names of the keys that its repositories may be signed with. */
  keys: z.array(name).min(1, 'must name at least one key'),
});

const pocket = z.strictObject({
  name,
  /** The suite in a deb repository, as `{suite}-updates`; the path of an apk repository, as `{suite}/main`. */
  suite: z
    .string()
    .regex(/^(?:[A-Za-z0-9{][A-Za-z0-9{}._/-]*)?$/, 'must be a suite or path, as "{suite}-updates"')
    .refine((value) => !value.includes('..'), 'must not have ".." in it')
    .default(''),
  /** Which of the distribution's mirrors has it. */
  mirror: name,
});

const key = z.strictObject({
  name,
  /** Relative to this file. */
  file: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9@./-]*\.(?:asc|rsa\.pub)$/,
      'must be the path of an .asc or .rsa.pub file below this folder',
    )
    .refine((value) => !value.includes('..')),
  fingerprint: z
    .string()
    .transform((value) => value.replaceAll(' ', '').toUpperCase())
    .refine((value) => /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(value), 'must be a fingerprint of 40 or 64 hex digits'),
});

/** OpenPGP keys are pinned by their fingerprint, RSA keys by the sha256 of their DER form. */
const keyForms = { deb: { ending: '.asc', digits: 40 }, apk: { ending: '.rsa.pub', digits: 64 } } as const;

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
    'handled-scripts': z.array(text).default([]),
    replacements: z.array(replacementSchema).default([]),
    /** Documentation, manual pages and translations. */
    documentation: z.array(pathGlob).default([]),
    exclude: z.array(pathGlob).default([]),
    allow: z.array(pathGlob).default([]),
    fips: z.array(z.string().regex(/^[a-z0-9*][a-z0-9*+._-]*$/, 'must be a glob of package names')).default([]),
    /** The keyring that apt in a dev image trusts, as a package brings it. Without it, the image is told the keys themselves. */
    'signed-by': absolutePath.optional(),
    dev: devSchema,
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
    const form = keyForms[value.format];
    value.keys.forEach((one, index) => {
      const path = ['keys', index];
      if (!one.file.endsWith(form.ending)) {
        context.addIssue({
          code: 'custom',
          path: [...path, 'file'],
          message: `must end in ${form.ending} for ${value.format}`,
        });
      }
      if (one.fingerprint.length !== form.digits) {
        const message = `must have ${form.digits} hex digits for ${value.format}`;
        context.addIssue({ code: 'custom', path: [...path, 'fingerprint'], message });
      }
    });
    value.pockets.forEach((one, index) => {
      const needsSuite = value.format === 'deb' || value.suites.length > 1;
      if (needsSuite && !one.suite.includes('{suite}')) {
        context.addIssue({ code: 'custom', path: ['pockets', index, 'suite'], message: 'must have {suite} in it' });
      }
    });
  });

/** A distribution file as it stands, each key checked. */
export type DistributionFile = z.output<typeof distributionSchema>;
