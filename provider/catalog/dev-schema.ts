import { z } from 'zod';
import { packageRequest, text } from './fields.js';
import { replacementSchema } from './replacement-schema.js';

/** `dev`: what dev variants have that production has not. A starter's stands behind its distribution's. */
export const devSchema = z
  .strictObject({
    /** Shell, package manager, core tools, and the tools of a language. */
    packages: z.array(packageRequest).default([]),
    /** In place of the install scripts of these. */
    replacements: z.array(replacementSchema).default([]),
    'handled-scripts': z.array(text).default([]),
  })
  .prefault({});

/** `dev` as it stands in a file, each key checked. */
export type DevFile = z.output<typeof devSchema>;
