import { z } from 'zod';
import { absolutePath, isoDate, lineName, pathGlob, pattern, permissionBits, text } from './fields.js';
import { devSchema } from './dev-schema.js';
import { contents, imageShape } from './image-schema.js';
import { replacementSchema } from './replacement-schema.js';

const groupName = /\(\?<([a-z]\w*)>/g;

/** How the lines of a starter are found in an index, and how a line's version is read. */
const primary = z
  .strictObject({
    package: pattern,
    version: pattern.default(/^(?:\d+:)?(?<version>\d[0-9A-Za-z.]*)/u),
    format: text.default('{version}'),
  })
  .superRefine((value, context) => {
    const groups = groupsOf(value.package, value.version);
    if (!groups.includes('line')) {
      context.addIssue({
        code: 'custom',
        path: ['package'],
        message: 'package or version must have a group that is the line, as (?<line>\\d+\\.\\d+)',
      });
    }
    const unknown = [...value.format.matchAll(/\{(\w+)\}/g)]
      .map((found) => found[1] ?? '')
      .filter((name) => !groups.includes(name));
    for (const name of unknown) {
      context.addIssue({ code: 'custom', path: ['format'], message: `{${name}} is no group of package or version` });
    }
  });

/** Which of the discovered lines are offered. */
const lines = z.strictObject({
  /** `suite`: the most advanced line of each maintained suite. `index`: every line that a suite has. */
  each: z.enum(['suite', 'index']).default('suite'),
  /** Lines below this one are left out, by number: `3.9` is below `3.11`. */
  from: lineName.optional(),
  /** Lines that are not offered, as previews. */
  except: z.array(lineName).default([]),
});

/** A small text file of the starter's own, that replaces a package's file of the same path. */
const file = z.strictObject({
  path: absolutePath,
  content: z.string().max(65_536, 'must be at most 64 KiB'),
  permissions: permissionBits.default(0o644),
});

const headShape = {
  title: text.optional(),
  description: text.optional(),
  category: text.optional(),
  distribution: text.optional(),
  primary: primary.optional(),
  lines: lines.optional(),
  'end-of-life': z.record(lineName, isoDate).default({}),
  dev: devSchema,
  'assumed-present': z.array(text).default([]),
  'handled-scripts': z.array(text).default([]),
  replacements: z.array(replacementSchema).default([]),
  auto: text.optional(),
  allow: z.array(pathGlob).default([]),
  exclude: z.array(pathGlob).default([]),
  files: z.array(file).default([]),
};

/** A starter file or a plain apko configuration: the head is optional here. */
export const starterFileSchema = z.strictObject({ ...headShape, ...imageShape });

/** A file as it stands, each key checked. */
export type StarterFile = z.output<typeof starterFileSchema>;

/** A starter of a catalog: what a starter cannot do without has to be there. */
export const starterSchema = z.strictObject({
  ...headShape,
  ...imageShape,
  title: text,
  description: text,
  category: text,
  distribution: text,
  primary,
  contents: contents.refine(({ packages }) => packages.length > 0, {
    path: ['packages'],
    message: 'must name at least one package',
  }),
});

/** A starter as it stands, each key checked. */
export type CatalogStarterFile = z.output<typeof starterSchema>;

/** The names of the groups of patterns. */
function groupsOf(...patterns: readonly RegExp[]): readonly string[] {
  return patterns.flatMap((one) => [...one.source.matchAll(groupName)].map((found) => found[1] ?? ''));
}
